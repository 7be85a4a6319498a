//! Tags: names, batches, and what they are on.

use citizenry_directory::{
    Condition, Conditions, TagField, TagLinkField, TagLinksRef, TagRef, TargetRef, Test, Unknown,
    UserRef, Value,
};
use citizenry_identity::{Listing, Number, TagTargetKind};
use citizenry_testkit::block_on;

use super::{
    structure::{ALL_RULES, NO_RULES, refusal, text},
    world::World,
};

async fn names(world: &World) -> Vec<String> {
    let page =
        world.directory.tags(&world.operator, Conditions::default(), Listing::first(10)).await;
    let mut names: Vec<_> =
        page.unwrap().items.into_iter().map(|it| it.tag.name.into_string()).collect();
    names.sort();
    names
}

#[test]
fn tags_are_made_renamed_and_deleted_all_or_none() {
    block_on(async {
        let world = World::new().await;
        let (admin, caller) = (&world.provisioned.administrator, world.administrator());
        let directory = &world.directory;
        world.tick();
        let made = directory.create_tags(&caller, vec![text("a"), text("b")], ALL_RULES).await;
        let made = made.unwrap();
        assert_eq!(made[0].created_by.clone().map(|it| it.number), Some(admin.number));
        assert_eq!(world.told_now().await, ["tag.created", "tag.created"]);
        let [a, b] = [0, 1].map(|index: usize| TagRef::from(made[index].tag.number));
        let refused = directory.create_tags(&caller, vec![text("c"), text("c")], NO_RULES).await;
        assert_eq!(refusal(refused), "invalid tags");
        let refused = directory.create_tags(&caller, vec![text("c"), text("a")], NO_RULES).await;
        assert_eq!(refusal(refused), "conflict name");
        let many = (0..201).map(|it| text(&it.to_string())).collect();
        let refused = directory.create_tags(&caller, many, NO_RULES).await;
        assert_eq!(refusal(refused), "invalid tags");
        let unknown = TagRef::from(Number::new(999_999).unwrap());
        let refused = directory.rename_tags(&caller, vec![(a, text("x")), (unknown, text("y"))]);
        assert_eq!(refusal(refused.await), "no tag");
        let refused = directory.rename_tags(&caller, vec![(a, text("x")), (a, text("y"))]).await;
        assert_eq!(refusal(refused), "invalid tags");
        let refused = directory.rename_tags(&caller, vec![(a, text("x")), (b, text("x"))]).await;
        assert_eq!(refusal(refused), "invalid tags");
        let refused =
            directory.rename_tags(&caller, vec![(b, text("x")), (a, text("b2")), (b, text("z"))]);
        assert_eq!(refusal(refused.await), "invalid tags");
        assert_eq!(names(&world).await, ["a", "b"]);
        world.tick();
        let renamed = directory.rename_tags(&caller, vec![(a, text("x"))]).await.unwrap();
        assert_eq!((renamed[0].tag.name.as_str(), renamed[0].tag.version), ("x", 2));
        assert_eq!(world.told_now().await, ["tag.updated"]);
        let gone = directory.delete_tags(&caller, vec![unknown], Unknown::RefuseIfAll).await;
        assert_eq!(refusal(gone), "no tag");
        world.tick();
        directory.delete_tags(&caller, vec![a, unknown, a], Unknown::RefuseIfAll).await.unwrap();
        assert_eq!(world.told_now().await, ["tag.deleted"]);
        assert_eq!(names(&world).await, ["b"]);
    });
}

#[test]
fn tags_are_put_on_users_departments_and_groups_from_either_end() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = world.user("fioman").await.user;
        let department = world.department("d", None).await.department;
        let group = world.group("g").await.group;
        let [a, b] = [world.tag("a").await.tag, world.tag("b").await.tag];
        let on_user = TargetRef::User(UserRef::from(user.number));
        let targets = vec![
            on_user.clone(),
            TargetRef::Department(department.number.into()),
            TargetRef::Group(group.id.into()),
            TargetRef::Group(Number::new(999_999).unwrap().into()),
        ];
        world.tick();
        let put = directory.add_tag_targets(caller, &a.number.into(), targets, NO_RULES).await;
        let put = put.unwrap();
        let shown: Vec<_> =
            put.iter().map(|it| (it.target_number, it.target_name.as_str())).collect();
        let name = user.display_name();
        assert_eq!(
            shown,
            [(user.number, name.as_str()), (department.number, "d"), (group.number, "g")]
        );
        assert_eq!(world.told_now().await, ["tag.targets_changed"]);
        let both = vec![b.number.into(), a.number.into()];
        let put_both = directory.add_tags(caller, &on_user, both, NO_RULES).await.unwrap();
        assert_eq!(put_both.iter().map(|it| it.tag.id).collect::<Vec<_>>(), [a.id, b.id]);
        assert_eq!(put_both[0].link, put[0].link);
        let links = async |of, conditions| {
            let page =
                directory.tag_links(caller, of, conditions, Listing::first(10)).await.unwrap();
            let mut shown: Vec<_> = page
                .items
                .into_iter()
                .map(|it| (it.view.tag.name.into_string(), it.view.target_number))
                .collect();
            shown.sort();
            shown
        };
        let of_user = || TagLinksRef::Target(on_user.clone());
        let (on_a, on_b) = (("a".to_owned(), user.number), ("b".to_owned(), user.number));
        assert_eq!(links(of_user(), Conditions::default()).await, [on_a.clone(), on_b.clone()]);
        let starts = Condition::new(TagLinkField::TagName, Test::StartsWith("B".to_owned()));
        let starts = Conditions { all: vec![starts], search: None };
        assert_eq!(links(of_user(), starts).await, std::slice::from_ref(&on_b));
        let of_tag = TagLinksRef::Tag(a.number.into(), TagTargetKind::Department);
        let on_department = ("a".to_owned(), department.number);
        assert_eq!(links(of_tag, Conditions::default()).await, [on_department]);
        let of_kind = TagLinksRef::Kind(TagTargetKind::User);
        assert_eq!(links(of_kind, Conditions::default()).await, [on_a, on_b.clone()]);
        let numbers = vec![user.number, group.number, Number::new(999_999).unwrap()];
        directory.remove_tag_targets(caller, &a.number.into(), numbers).await.unwrap();
        assert_eq!(links(of_user(), Conditions::default()).await, [on_b]);
        directory.set_tags(caller, &on_user, vec![a.number.into()], NO_RULES).await.unwrap();
        let shown = links(of_user(), Conditions::default()).await;
        assert_eq!(shown, [("a".to_owned(), user.number)]);
        directory.remove_tags(caller, &on_user, vec![a.number.into()]).await.unwrap();
        assert!(links(of_user(), Conditions::default()).await.is_empty());
        let equal = Condition::equal(TagField::Name, Value::from("A"));
        let conditions = Conditions { all: vec![equal], search: None };
        let page = directory.tags(caller, conditions, Listing::first(10)).await.unwrap();
        assert_eq!((page.items.len(), page.items[0].tag.id), (1, a.id));
    });
}

#[test]
fn quotas_of_tags_hold_exactly() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        world.set(serde_json::json!({"quotas": {"tags": 3, "target_tags": 2}})).await;
        let new = vec![text("a"), text("b"), text("c")];
        let made = directory.create_tags(caller, new, ALL_RULES).await.unwrap();
        let refused = directory.create_tags(caller, vec![text("d")], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.tags");
        let tags: Vec<TagRef> = made.iter().map(|it| it.tag.number.into()).collect();
        let on = TargetRef::Group(world.group("g").await.group.id.into());
        let refused = directory.add_tags(caller, &on, tags.clone(), ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.target_tags");
        directory.add_tags(caller, &on, tags[..2].to_vec(), ALL_RULES).await.unwrap();
        directory.add_tags(caller, &on, tags[..2].to_vec(), ALL_RULES).await.unwrap();
        let refused =
            directory.add_tag_targets(caller, &tags[2], vec![on.clone()], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.target_tags");
        directory.set_tags(caller, &on, tags[1..].to_vec(), ALL_RULES).await.unwrap();
        directory.set_tags(caller, &on, tags, NO_RULES).await.unwrap();
    });
}
