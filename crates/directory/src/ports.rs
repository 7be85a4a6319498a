//! The look-ups that views are made from, inside of a transaction and outside of one.

use citizenry_storage::{
    Read, Tx,
    ports::{
        ReadAssignments, ReadBulk, ReadDepartments, ReadGroups, ReadRoles, ReadTags, ReadUsers,
    },
};

/// Where a view's parts are looked up.
pub(crate) enum Ports<'a> {
    /// In a transaction, which sees its own changes.
    Tx(&'a mut dyn Tx),
    /// Outside of any.
    Read(&'a mut dyn Read),
}

impl Ports<'_> {
    pub(crate) fn users(&mut self) -> &mut dyn ReadUsers {
        match self {
            Self::Tx(tx) => tx.users(),
            Self::Read(read) => read.users(),
        }
    }

    pub(crate) fn bulk(&mut self) -> &mut dyn ReadBulk {
        match self {
            Self::Tx(tx) => tx.bulk(),
            Self::Read(read) => read.bulk(),
        }
    }

    pub(crate) fn departments(&mut self) -> &mut dyn ReadDepartments {
        match self {
            Self::Tx(tx) => tx.departments(),
            Self::Read(read) => read.departments(),
        }
    }

    pub(crate) fn groups(&mut self) -> &mut dyn ReadGroups {
        match self {
            Self::Tx(tx) => tx.groups(),
            Self::Read(read) => read.groups(),
        }
    }

    pub(crate) fn tags(&mut self) -> &mut dyn ReadTags {
        match self {
            Self::Tx(tx) => tx.tags(),
            Self::Read(read) => read.tags(),
        }
    }

    pub(crate) fn roles(&mut self) -> &mut dyn ReadRoles {
        match self {
            Self::Tx(tx) => tx.roles(),
            Self::Read(read) => read.roles(),
        }
    }

    pub(crate) fn assignments(&mut self) -> &mut dyn ReadAssignments {
        match self {
            Self::Tx(tx) => tx.assignments(),
            Self::Read(read) => read.assignments(),
        }
    }
}
