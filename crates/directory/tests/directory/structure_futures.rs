//! The futures of departments, groups and tags can move between threads, as servers need.

use citizenry_directory::{
    Conditions, DepartmentRef, DialectRules, Directory, GroupInclude, GroupRef, TagLinksRef,
    TagRef, TargetRef, Unknown, UserRef,
};
use citizenry_identity::{Listing, Number};
use citizenry_testkit::block_on;

use super::world::World;

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn the_futures_of_departments_groups_and_tags_are_send() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller): (&Directory, _) = (&world.directory, &world.operator);
        let user = UserRef::Id(world.provisioned.administrator.id);
        let (group, rules) = (GroupRef::from(number()), DialectRules::default());
        let include = GroupInclude::default();
        drop(send(directory.create_groups(caller, Vec::new(), rules)));
        drop(send(directory.save_groups(caller, Vec::new(), rules)));
        drop(send(directory.set_groups_enabled(caller, Vec::new())));
        drop(send(directory.delete_groups(caller, Vec::new(), Unknown::Refuse)));
        drop(send(directory.group(caller, &group, include)));
        drop(send(directory.groups(caller, Conditions::default(), Listing::first(1), include)));
        drop(send(directory.add_group_members(caller, &group, Vec::new(), rules)));
        drop(send(directory.set_user_groups(caller, &user, Vec::new(), rules)));
        drop(send(directory.set_group_permissions(caller, &group, Vec::new())));
        let department = DepartmentRef::from(number());
        drop(send(directory.create_departments(caller, Vec::new(), rules)));
        drop(send(directory.save_departments(caller, Vec::new(), rules)));
        drop(send(directory.delete_departments(caller, Vec::new(), Unknown::Refuse)));
        drop(send(directory.department(caller, &department)));
        drop(send(directory.departments(caller, Conditions::default(), Listing::first(1))));
        drop(send(directory.set_department_head(caller, &department, &user, true, rules)));
        drop(send(directory.set_user_departments(caller, &user, Vec::new(), rules)));
        let (tag, on) = (TagRef::from(number()), TargetRef::Group(group));
        drop(send(directory.create_tags(caller, Vec::new(), rules)));
        drop(send(directory.rename_tags(caller, Vec::new())));
        drop(send(directory.set_tags(caller, &on, Vec::new(), rules)));
        drop(send(directory.add_tag_targets(caller, &tag, Vec::new(), rules)));
        let of = TagLinksRef::Target(on);
        drop(send(directory.tag_links(caller, of, Conditions::default(), Listing::first(1))));
    });
}

fn number() -> Number {
    Number::new(1).unwrap()
}
