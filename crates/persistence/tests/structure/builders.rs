//! Departments, groups, tags, and the links between them and users.

use std::collections::BTreeSet;

use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Group, GroupId, GroupMember, Number, Tag, TagId,
    TagLink, TagTarget, TenantId, UserId,
};

use crate::support::{at, later, text};

pub(crate) fn number(number: i64) -> Number {
    Number::new(number).expect("a number")
}

/// A department of that number; later ones have greater identifiers.
pub(crate) fn department(
    tenant: TenantId,
    of_number: i64,
    parent: Option<&Department>,
    name: &str,
) -> Department {
    Department {
        id: DepartmentId::generate(&later(of_number)),
        number: number(of_number),
        tenant,
        ancestors: parent.map(Department::path).unwrap_or_default(),
        code: text(&format!("D-{of_number}")),
        name: text(name),
        member_count: 0,
        created_by: None,
        updated_by: None,
        version: 1,
        created_at: at(of_number % 5),
        updated_at: at(of_number),
    }
}

pub(crate) fn group(tenant: TenantId, of_number: i64, name: &str) -> Group {
    Group {
        id: GroupId::generate(&later(of_number)),
        number: number(of_number),
        tenant,
        code: text(&format!("G-{of_number}")),
        name: text(name),
        description: None,
        enabled: true,
        source: None,
        wildcards: BTreeSet::new(),
        member_count: 0,
        created_by: None,
        updated_by: None,
        version: 1,
        created_at: at(of_number % 5),
        updated_at: at(of_number),
    }
}

pub(crate) fn tag(tenant: TenantId, of_number: i64, name: &str) -> Tag {
    Tag {
        id: TagId::generate(&later(of_number)),
        number: number(of_number),
        tenant,
        name: text(name),
        created_by: None,
        updated_by: None,
        version: 1,
        created_at: at(of_number % 5),
        updated_at: at(of_number),
    }
}

/// A place that is neither main nor leading.
pub(crate) fn place(of_number: i64, department: DepartmentId, user: UserId) -> DepartmentMember {
    DepartmentMember {
        number: number(of_number),
        department,
        user,
        is_main: false,
        is_head: false,
        created_by: None,
        created_at: at(of_number),
    }
}

pub(crate) fn main_place(
    of_number: i64,
    department: DepartmentId,
    user: UserId,
) -> DepartmentMember {
    DepartmentMember { is_main: true, ..place(of_number, department, user) }
}

pub(crate) fn member(of_number: i64, group: GroupId, user: UserId) -> GroupMember {
    GroupMember {
        number: number(of_number),
        group,
        user,
        created_by: None,
        created_at: at(of_number),
    }
}

pub(crate) fn link(of_number: i64, tag: TagId, target: TagTarget) -> TagLink {
    TagLink { number: number(of_number), tag, target, created_by: None, created_at: at(of_number) }
}
