//! Which port is implemented where: all of them by the session itself.

use citizenry_storage::{Read, Tx, ports};

use super::Session;

impl Read for Session<'_> {
    fn tenants(&mut self) -> &mut dyn ports::ReadTenants {
        self
    }
    fn users(&mut self) -> &mut dyn ports::ReadUsers {
        unimplemented!()
    }
    fn passwords(&mut self) -> &mut dyn ports::ReadPasswords {
        unimplemented!()
    }
    fn connections(&mut self) -> &mut dyn ports::ReadConnections {
        unimplemented!()
    }
    fn clients(&mut self) -> &mut dyn ports::ReadClients {
        unimplemented!()
    }
    fn resource_servers(&mut self) -> &mut dyn ports::ReadResourceServers {
        unimplemented!()
    }
    fn client_grants(&mut self) -> &mut dyn ports::ReadClientGrants {
        unimplemented!()
    }
    fn roles(&mut self) -> &mut dyn ports::ReadRoles {
        unimplemented!()
    }
    fn assignments(&mut self) -> &mut dyn ports::ReadAssignments {
        unimplemented!()
    }
    fn signing_keys(&mut self) -> &mut dyn ports::ReadSigningKeys {
        unimplemented!()
    }
    fn events(&mut self) -> &mut dyn ports::ReadEvents {
        unimplemented!()
    }
    fn foreign_ids(&mut self) -> &mut dyn ports::ReadForeignIds {
        unimplemented!()
    }
}

impl Tx for Session<'_> {
    fn tenants(&mut self) -> &mut dyn ports::Tenants {
        self
    }
    fn users(&mut self) -> &mut dyn ports::Users {
        unimplemented!()
    }
    fn passwords(&mut self) -> &mut dyn ports::Passwords {
        unimplemented!()
    }
    fn connections(&mut self) -> &mut dyn ports::Connections {
        unimplemented!()
    }
    fn clients(&mut self) -> &mut dyn ports::Clients {
        unimplemented!()
    }
    fn resource_servers(&mut self) -> &mut dyn ports::ResourceServers {
        unimplemented!()
    }
    fn client_grants(&mut self) -> &mut dyn ports::ClientGrants {
        unimplemented!()
    }
    fn roles(&mut self) -> &mut dyn ports::Roles {
        unimplemented!()
    }
    fn assignments(&mut self) -> &mut dyn ports::Assignments {
        unimplemented!()
    }
    fn signing_keys(&mut self) -> &mut dyn ports::SigningKeys {
        unimplemented!()
    }
    fn events(&mut self) -> &mut dyn ports::Events {
        unimplemented!()
    }
    fn foreign_ids(&mut self) -> &mut dyn ports::ForeignIds {
        unimplemented!()
    }
    fn numbers(&mut self) -> &mut dyn ports::Numbers {
        self
    }
}
