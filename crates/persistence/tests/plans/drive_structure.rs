//! Calls the methods of the ports of departments, groups and tags.

use citizenry_identity::{CursorKey, Listing, ObjectPermissions, ObjectType, TagTarget};
use citizenry_storage::{
    Condition, Conditions, Field, Test, Tx, Value, ValueKind,
    ports::{
        ByAge, DepartmentField, GroupField, MemberField, MembersOf, NumberedSort, TagField,
        TagLinkField, TagLinkSort, TagLinksOf,
    },
};

use crate::{
    builders::{department, group, link, main_place, member, place, tag},
    drive::{Done, counted, listings},
    label,
    support::{World, at},
};

pub(crate) async fn every_query(tx: &mut dyn Tx, world: &World) -> Done {
    label("");
    tx.users().insert(&world.user(7_001)).await?;
    departments(tx, world).await?;
    memberships(tx, world).await?;
    groups(tx, world).await?;
    tags(tx, world).await?;
    links(tx, world).await?;
    leaving(tx, world).await
}

fn numbered() -> Vec<(&'static str, Listing<NumberedSort>)> {
    listings(&[
        (NumberedSort::CreatedAt, CursorKey::Time(at(0))),
        (NumberedSort::Number, CursorKey::Number(1)),
        (NumberedSort::Name, CursorKey::Text("a".to_owned())),
    ])
}

fn by_number() -> Vec<(&'static str, Listing<ByAge>)> {
    listings(&[(ByAge::CreatedAt, CursorKey::Number(1))])
}

/// Each field equal to something, and all of them otherwise.
fn narrowing<F: Field>(fields: &[F]) -> Vec<Conditions<F>> {
    let value = |field: &F| match field.kind() {
        ValueKind::Text => Value::from("a"),
        ValueKind::Number => Value::from(1),
        ValueKind::Time | ValueKind::Window => Value::Time(at(0)),
        ValueKind::Flag => Value::Flag(true),
    };
    let one =
        |field: &F| Conditions { all: vec![Condition::equal(*field, value(field))], search: None };
    let mut narrowing: Vec<Conditions<F>> = fields.iter().map(one).collect();
    let unlike = fields.iter().map(|field| Condition::new(*field, Test::NotEqual(value(field))));
    narrowing.push(Conditions { all: unlike.collect(), search: None });
    let absent = fields.iter().map(|field| Condition::new(*field, Test::IsNull));
    narrowing.push(Conditions { all: absent.collect(), search: None });
    narrowing
}

async fn departments(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let (root, other) =
        (department(tenant, 7_101, None, "Root"), department(tenant, 7_102, None, "Other"));
    let below = department(tenant, 7_103, Some(&root), "Below");
    label("find departments");
    tx.departments().lock_tree(tenant).await?;
    tx.departments().insert(&root).await?;
    tx.departments().insert(&other).await?;
    tx.departments().insert(&below).await?;
    tx.departments().find(tenant, root.id).await?;
    tx.departments().find_by_number(tenant, root.number).await?;
    tx.departments().find_many(tenant, &[root.id, below.id]).await?;
    tx.departments().find_by_numbers(tenant, &[root.number, below.number]).await?;
    tx.departments().find_for_update(tenant, root.id).await?;
    tx.departments().save(&root).await?;
    tx.departments().which_have_children(tenant, &[root.id, other.id]).await?;
    tx.departments().height(&root).await?;
    tx.departments().count_below(&root).await?;
    tx.departments().move_subtree(&below, &[other.id]).await?;
    label("list departments.count");
    tx.departments().count(tenant).await?;
    for (start, listing) in numbered() {
        label(&start.replace("walk", "walk departments.list"));
        tx.departments().list(tenant, &Conditions::default(), &listing).await?;
    }
    label("list departments.list");
    for conditions in narrowing(&DEPARTMENT_FIELDS) {
        tx.departments().list(tenant, &conditions, &counted()).await?;
    }
    label("find departments deleted");
    let moved = tx.departments().find(tenant, other.id).await?.expect("a department");
    tx.departments().delete_subtree(&moved).await?;
    Ok(())
}

const DEPARTMENT_FIELDS: [DepartmentField; 8] = [
    DepartmentField::Number,
    DepartmentField::Code,
    DepartmentField::Name,
    DepartmentField::Parent,
    DepartmentField::Level,
    DepartmentField::Tag,
    DepartmentField::CreatedBy,
    DepartmentField::CreatedAt,
];

const GROUP_FIELDS: [GroupField; 8] = [
    GroupField::Number,
    GroupField::Code,
    GroupField::Name,
    GroupField::Description,
    GroupField::Enabled,
    GroupField::Tag,
    GroupField::CreatedBy,
    GroupField::CreatedAt,
];

const TAG_FIELDS: [TagField; 4] =
    [TagField::Number, TagField::Name, TagField::CreatedBy, TagField::CreatedAt];

const LINK_FIELDS: [TagLinkField; 6] = [
    TagLinkField::Tag,
    TagLinkField::TagName,
    TagLinkField::Target,
    TagLinkField::TargetName,
    TagLinkField::CreatedBy,
    TagLinkField::CreatedAt,
];

const MEMBER_FIELDS: [MemberField; 7] = [
    MemberField::Owner,
    MemberField::OwnerName,
    MemberField::User,
    MemberField::UserName,
    MemberField::IsHead,
    MemberField::IsMain,
    MemberField::CreatedAt,
];

async fn memberships(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(7_002);
    let (one, two) = (department(tenant, 7_201, None, "1"), department(tenant, 7_202, None, "2"));
    label("");
    tx.users().insert(&user).await?;
    tx.departments().insert(&one).await?;
    tx.departments().insert(&two).await?;
    label("find departments members");
    let places = [main_place(7_301, one.id, user.id), place(7_302, two.id, user.id)];
    tx.departments().put_members(tenant, &places).await?;
    let places = [place(7_301, one.id, user.id), main_place(7_302, two.id, user.id)];
    tx.departments().put_members(tenant, &places).await?;
    tx.departments().memberships_of(tenant, &[user.id]).await?;
    for of in [MembersOf::User(user.id), MembersOf::Owner(one.id)] {
        for (start, listing) in by_number() {
            label(&start.replace("walk", "walk departments.members"));
            tx.departments().members(tenant, of, &Conditions::default(), &listing).await?;
        }
        label("list departments.members");
        for conditions in narrowing(&MEMBER_FIELDS) {
            tx.departments().members(tenant, of, &conditions, &counted()).await?;
        }
    }
    label("find departments removed");
    tx.departments().remove_members(tenant, &[(one.id, user.id)]).await?;
    Ok(())
}

async fn groups(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(7_003);
    label("");
    tx.users().insert(&user).await?;
    let mut one = group(tenant, 7_401, "Group");
    one.wildcards = [citizenry_identity::Wildcard::parse("VIEW_MODELS").expect("one")].into();
    label("find groups");
    tx.groups().insert(&one).await?;
    tx.groups().find(tenant, one.id).await?;
    tx.groups().find_by_number(tenant, one.number).await?;
    tx.groups().find_many(tenant, &[one.id, one.id]).await?;
    tx.groups().find_by_numbers(tenant, &[one.number, one.number]).await?;
    tx.groups().find_for_update(tenant, one.id).await?;
    one.wildcards.clear();
    tx.groups().save(&one).await?;
    let on_one = ObjectPermissions::new(ObjectType::Trait, 7, ["READ"]).expect("permissions");
    tx.groups().set_object_permissions(tenant, one.id, &[on_one]).await?;
    tx.groups().object_permissions(tenant, one.id).await?;
    tx.groups().put_members(tenant, &[member(7_501, one.id, user.id)]).await?;
    tx.groups().memberships_of(tenant, &[user.id, user.id]).await?;
    tx.groups().member_numbers(tenant, &[one.id, one.id]).await?;
    label("list groups.count");
    tx.groups().count(tenant).await?;
    for (start, listing) in numbered() {
        label(&start.replace("walk", "walk groups.list"));
        tx.groups().list(tenant, &Conditions::default(), &listing).await?;
    }
    label("list groups.list");
    for conditions in narrowing(&GROUP_FIELDS) {
        tx.groups().list(tenant, &conditions, &counted()).await?;
    }
    for of in [MembersOf::User(user.id), MembersOf::Owner(one.id)] {
        for (start, listing) in by_number() {
            label(&start.replace("walk", "walk groups.members"));
            tx.groups().members(tenant, of, &Conditions::default(), &listing).await?;
        }
        label("list groups.members");
        for conditions in narrowing(&MEMBER_FIELDS) {
            tx.groups().members(tenant, of, &conditions, &counted()).await?;
        }
    }
    label("find groups deleted");
    tx.groups().remove_members(tenant, &[(one.id, user.id)]).await?;
    tx.groups().delete(tenant, one.id).await?;
    Ok(())
}

async fn tags(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let one = tag(tenant, 7_601, "Tag");
    label("find tags");
    tx.tags().insert(&one).await?;
    tx.tags().find_by_number(tenant, one.number).await?;
    tx.tags().find_by_numbers(tenant, &[one.number, one.number]).await?;
    tx.tags().find_for_update(tenant, one.id).await?;
    tx.tags().save(&one).await?;
    label("list tags.count");
    tx.tags().count(tenant).await?;
    for (start, listing) in numbered() {
        label(&start.replace("walk", "walk tags.list"));
        tx.tags().list(tenant, &Conditions::default(), &listing).await?;
    }
    label("list tags.list");
    for conditions in narrowing(&TAG_FIELDS) {
        tx.tags().list(tenant, &conditions, &counted()).await?;
    }
    label("find tags deleted");
    tx.tags().delete(tenant, &[one.id, one.id]).await?;
    Ok(())
}

async fn links(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(7_004);
    let (department, group) = (department(tenant, 7_701, None, "d"), group(tenant, 7_702, "g"));
    let one = tag(tenant, 7_703, "on things");
    label("");
    tx.users().insert(&user).await?;
    tx.departments().insert(&department).await?;
    tx.groups().insert(&group).await?;
    tx.tags().insert(&one).await?;
    let targets = [
        TagTarget::User(user.id),
        TagTarget::Department(department.id),
        TagTarget::Group(group.id),
    ];
    label("find tags on things");
    let put: Vec<_> =
        (7_801..).zip(targets).map(|(number, target)| link(number, one.id, target)).collect();
    tx.tags().put_links(tenant, &put).await?;
    tx.tags().links_of(tenant, &targets).await?;
    for target in targets {
        let kind = target.kind();
        let of_few = TagLinksOf::Target(target);
        for of in [TagLinksOf::Kind(kind), TagLinksOf::Tag(one.id, kind), of_few] {
            pages_of_links(tx, world, of).await?;
        }
    }
    label("find tags taken off");
    let taken: Vec<_> = targets.into_iter().map(|target| (one.id, target)).collect();
    tx.tags().remove_links(tenant, &taken).await?;
    Ok(())
}

async fn pages_of_links(tx: &mut dyn Tx, world: &World, of: TagLinksOf) -> Done {
    let tenant = world.tenant;
    for field in [TagLinkSort::CreatedAt, TagLinkSort::Tag, TagLinkSort::Target] {
        // All links of one tag have its number; of one thing, likewise.
        let key = match (of, field) {
            (_, TagLinkSort::CreatedAt)
            | (TagLinksOf::Target(_), TagLinkSort::Target)
            | (TagLinksOf::Tag(..), TagLinkSort::Tag) => CursorKey::None,
            _ => CursorKey::Number(1),
        };
        // The few tags of one thing are sorted.
        let sorts = matches!((of, field), (TagLinksOf::Target(_), TagLinkSort::Tag));
        for (start, listing) in listings(&[(field, key)]) {
            label(
                &start.replace("walk", if sorts { "find tags.links" } else { "walk tags.links" }),
            );
            tx.tags().links(tenant, of, &Conditions::default(), &listing).await?;
        }
    }
    label("list tags.links");
    for conditions in narrowing(&LINK_FIELDS) {
        tx.tags().links(tenant, of, &conditions, &counted()).await?;
    }
    Ok(())
}

/// A user with memberships is deleted.
async fn leaving(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(7_005);
    let (department, group) = (department(tenant, 7_901, None, "d"), group(tenant, 7_902, "g"));
    label("");
    tx.users().insert(&user).await?;
    tx.departments().insert(&department).await?;
    tx.groups().insert(&group).await?;
    tx.departments().put_members(tenant, &[place(7_903, department.id, user.id)]).await?;
    tx.groups().put_members(tenant, &[member(7_904, group.id, user.id)]).await?;
    label("find users leaving");
    tx.users().delete(tenant, user.id).await?;
    Ok(())
}
