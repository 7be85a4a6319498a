//! Groups, departments and tags to test with, and what holds for all of them.

use std::collections::BTreeSet;

use citizenry_authz::Caller;
use citizenry_directory::{
    Conditions, DepartmentChanges, DepartmentRef, DepartmentView, DialectRules, GroupChanges,
    GroupInclude, GroupRef, GroupView, NewDepartment, NewGroup, TagLinksRef, TagRef, TagView,
    TargetRef, Unknown, UserRef,
};
use citizenry_identity::{Error, Listing, Number, TagTargetKind, Text};
use citizenry_testkit::block_on;

use super::world::{World, tenant};

/// Every rule that only some dialects have.
pub(crate) const ALL_RULES: DialectRules =
    DialectRules { quotas: true, refuse_disabled_groups: true, one_head: true };
/// None of them.
pub(crate) const NO_RULES: DialectRules =
    DialectRules { quotas: false, refuse_disabled_groups: false, one_head: false };

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse("text", text).unwrap()
}

pub(crate) fn new_group(name: &str) -> NewGroup {
    NewGroup {
        code: Some(text(name)),
        name: text(name),
        description: None,
        source: None,
        wildcards: BTreeSet::default(),
        members: Vec::new(),
        tags: Vec::new(),
    }
}

pub(crate) fn new_department(name: &str, parent: Option<Number>) -> NewDepartment {
    let parent = parent.map(DepartmentRef::from);
    NewDepartment { code: text(name), name: text(name), parent, tags: Vec::new() }
}

/// What a refused call was refused for: the field, or the kind that was not found.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Conflict { field, .. } => format!("conflict {field}"),
        Error::Invalid { field, .. } => format!("invalid {field}"),
        Error::NotFound { kind, .. } => format!("no {kind}"),
        Error::Forbidden { permission } => format!("needs {permission}"),
        other => panic!("{other:?}"),
    }
}

impl World {
    pub(crate) async fn group(&self, name: &str) -> GroupView {
        let made = self.directory.create_groups(&self.operator, vec![new_group(name)], NO_RULES);
        made.await.unwrap().remove(0)
    }

    pub(crate) async fn department(&self, name: &str, parent: Option<Number>) -> DepartmentView {
        let new = vec![new_department(name, parent)];
        let made = self.directory.create_departments(&self.operator, new, NO_RULES);
        made.await.unwrap().remove(0)
    }

    pub(crate) async fn tag(&self, name: &str) -> TagView {
        let made = self.directory.create_tags(&self.operator, vec![text(name)], NO_RULES);
        made.await.unwrap().remove(0)
    }

    /// The kinds of the events of the present moment, in alphabetical order.
    pub(crate) async fn told_now(&self) -> Vec<&'static str> {
        let page = self.directory.events(&self.operator, None, Listing::first(50)).await.unwrap();
        let now = self.directory.now();
        let present = page.items.iter().filter(|view| view.event.at == now);
        let mut kinds: Vec<_> = present.map(|view| view.event.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds
    }

    pub(crate) async fn members_of(&self, group: Number) -> (u64, Vec<Number>) {
        let include = GroupInclude { members: true, tags: false };
        let view = self.directory.group(&self.operator, &group.into(), include).await.unwrap();
        (view.group.member_count, view.members)
    }
}

#[test]
fn what_lies_in_another_tenant_is_not_found() {
    block_on(async {
        let world = World::new().await;
        let (directory, own) = (&world.directory, &world.operator);
        let other = Caller::operator(&tenant(directory, "other").await.tenant);
        let user = UserRef::from(world.user("fioman").await.user.number);
        let group = world.group("g").await.group;
        let department = world.department("d", None).await.department;
        let tag = TagRef::from(world.tag("t").await.tag.number);
        for group in [GroupRef::from(group.number), GroupRef::from(group.id)] {
            let include = GroupInclude::default();
            assert_eq!(refusal(directory.group(&other, &group, include).await), "no group");
            let changed = vec![GroupChanges::of(group)];
            let changed = directory.update_groups(&other, changed, NO_RULES).await;
            assert_eq!(refusal(changed), "no group");
            let gone = directory.delete_groups(&other, vec![group], Unknown::Refuse).await;
            assert_eq!(refusal(gone), "no group");
            let gone = directory.delete_groups(&other, vec![group], Unknown::PassOver).await;
            assert!(gone.is_ok());
            assert!(directory.group(own, &group, include).await.is_ok());
        }
        for department in
            [DepartmentRef::from(department.number), DepartmentRef::from(department.id)]
        {
            let found = directory.department(&other, &department).await;
            assert_eq!(refusal(found), "no department");
            let changed = vec![DepartmentChanges::of(department)];
            let changed = directory.update_departments(&other, changed, NO_RULES).await;
            assert_eq!(refusal(changed), "no department");
            let child =
                vec![NewDepartment { parent: Some(department), ..new_department("child", None) }];
            let made = directory.create_departments(&other, child, NO_RULES).await;
            assert_eq!(refusal(made), "no department");
            let gone = vec![department];
            let gone = directory.delete_departments(&other, gone, Unknown::RefuseIfAll).await;
            assert_eq!(refusal(gone), "no department");
        }
        assert_eq!(refusal(directory.tag(&other, &tag).await), "no tag");
        let renamed = directory.rename_tags(&other, vec![(tag, text("x"))]).await;
        assert_eq!(refusal(renamed), "no tag");
        let theirs = directory.create_groups(&other, vec![new_group("theirs")], NO_RULES).await;
        let theirs = GroupRef::from(theirs.unwrap().remove(0).group.id);
        let put = directory.add_group_members(&other, &theirs, vec![user.clone()], NO_RULES);
        assert_eq!(refusal(put.await), "no user");
        let on = TargetRef::Group(theirs);
        let put = directory.add_tags(&other, &on, vec![tag], NO_RULES).await;
        assert_eq!(refusal(put), "no tag");
        let put = directory.add_user_groups(own, &user, vec![theirs], NO_RULES).await;
        assert_eq!(refusal(put), "no group");
        let with = NewGroup { members: vec![user], ..new_group("with") };
        let made = directory.create_groups(&other, vec![with], NO_RULES).await;
        assert_eq!(refusal(made), "no user");
    });
}

#[test]
fn every_use_case_needs_its_permission() {
    block_on(async {
        let world = World::new().await;
        let directory = &world.directory;
        let user = UserRef::from(world.user("fioman").await.user.number);
        let group = GroupRef::from(world.group("g").await.group.number);
        let department = DepartmentRef::from(world.department("d", None).await.department.number);
        let tag = TagRef::from(world.tag("t").await.tag.number);
        let nobody = &world.client("read:users");
        let made = directory.create_groups(nobody, vec![new_group("x")], NO_RULES).await;
        assert_eq!(refusal(made), "needs create:groups");
        let found = directory.group(nobody, &group, GroupInclude::default()).await;
        assert_eq!(refusal(found), "needs read:groups");
        let found =
            directory.group_members(nobody, &group, Conditions::default(), Listing::first(1));
        assert_eq!(refusal(found.await), "needs read:groups");
        let half = &world.client("read:groups");
        let found = directory.group_members(half, &group, Conditions::default(), Listing::first(1));
        assert_eq!(refusal(found.await), "needs read:users");
        let changed = directory.set_groups_enabled(nobody, vec![(group, false)]).await;
        assert_eq!(refusal(changed), "needs update:groups");
        let changed = directory.add_group_members(nobody, &group, vec![user.clone()], NO_RULES);
        assert_eq!(refusal(changed.await), "needs update:groups");
        let changed = directory.set_user_groups(nobody, &user, vec![group], NO_RULES).await;
        assert_eq!(refusal(changed), "needs update:groups");
        let changed = directory.set_group_permissions(nobody, &group, Vec::new()).await;
        assert_eq!(refusal(changed), "needs update:groups");
        let gone = directory.delete_groups(nobody, vec![group], Unknown::Refuse).await;
        assert_eq!(refusal(gone), "needs delete:groups");
        let new = vec![new_department("x", None)];
        let made = directory.create_departments(nobody, new, NO_RULES).await;
        assert_eq!(refusal(made), "needs create:departments");
        let found = directory.department_counts(nobody, &department).await;
        assert_eq!(refusal(found), "needs read:departments");
        let head = directory.set_department_head(nobody, &department, &user, true, NO_RULES).await;
        assert_eq!(refusal(head), "needs update:departments");
        let changed = directory.set_user_departments(nobody, &user, Vec::new(), NO_RULES).await;
        assert_eq!(refusal(changed), "needs update:departments");
        let gone = directory.delete_departments(nobody, vec![department], Unknown::Refuse).await;
        assert_eq!(refusal(gone), "needs delete:departments");
        let made = directory.create_tags(nobody, vec![text("x")], NO_RULES).await;
        assert_eq!(refusal(made), "needs create:tags");
        let found = directory.tags(nobody, Conditions::default(), Listing::first(1)).await;
        assert_eq!(refusal(found), "needs read:tags");
        let on = TargetRef::User(user.clone());
        let changed = directory.set_tags(nobody, &on, vec![tag], NO_RULES).await;
        assert_eq!(refusal(changed), "needs update:tags");
        let of = TagLinksRef::Kind(TagTargetKind::Group);
        let half = &world.client("read:tags");
        let found = directory.tag_links(half, of, Conditions::default(), Listing::first(1)).await;
        assert_eq!(refusal(found), "needs read:groups");
        let gone = directory.delete_tags(nobody, vec![tag], Unknown::Refuse).await;
        assert_eq!(refusal(gone), "needs delete:tags");
        let with = NewGroup { tags: vec![tag], ..new_group("with") };
        let half = &world.client("create:groups");
        let made = directory.create_groups(half, vec![with], NO_RULES).await;
        assert_eq!(refusal(made), "needs update:tags");
        let all = Listing { with_total: true, ..Listing::first(10) };
        let include = GroupInclude::default();
        let left = directory.groups(&world.operator, Conditions::default(), all, include).await;
        assert_eq!(left.unwrap().total, Some(1));
    });
}
