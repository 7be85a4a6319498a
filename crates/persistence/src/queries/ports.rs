//! Which port is implemented where: all of them by the session itself.

use citizenry_storage::{Read, Tx, ports};

use super::Session;

impl Read for Session<'_> {
    fn tenants(&mut self) -> &mut dyn ports::ReadTenants {
        self
    }
    fn users(&mut self) -> &mut dyn ports::ReadUsers {
        self
    }
    fn passwords(&mut self) -> &mut dyn ports::ReadPasswords {
        self
    }
    fn connections(&mut self) -> &mut dyn ports::ReadConnections {
        self
    }
    fn clients(&mut self) -> &mut dyn ports::ReadClients {
        self
    }
    fn resource_servers(&mut self) -> &mut dyn ports::ReadResourceServers {
        self
    }
    fn client_grants(&mut self) -> &mut dyn ports::ReadClientGrants {
        self
    }
    fn roles(&mut self) -> &mut dyn ports::ReadRoles {
        self
    }
    fn assignments(&mut self) -> &mut dyn ports::ReadAssignments {
        self
    }
    fn signing_keys(&mut self) -> &mut dyn ports::ReadSigningKeys {
        self
    }
    fn events(&mut self) -> &mut dyn ports::ReadEvents {
        self
    }
    fn foreign_ids(&mut self) -> &mut dyn ports::ReadForeignIds {
        self
    }
    fn sessions(&mut self) -> &mut dyn ports::ReadSessions {
        self
    }
    fn token_families(&mut self) -> &mut dyn ports::ReadTokenFamilies {
        self
    }
    fn tokens(&mut self) -> &mut dyn ports::ReadTokens {
        self
    }
    fn tickets(&mut self) -> &mut dyn ports::ReadTickets {
        self
    }
    fn consents(&mut self) -> &mut dyn ports::ReadConsents {
        self
    }
    fn attempts(&mut self) -> &mut dyn ports::ReadAttempts {
        self
    }
    fn outbox(&mut self) -> &mut dyn ports::ReadOutbox {
        self
    }
    fn departments(&mut self) -> &mut dyn ports::ReadDepartments {
        self
    }
    fn groups(&mut self) -> &mut dyn ports::ReadGroups {
        self
    }
    fn tags(&mut self) -> &mut dyn ports::ReadTags {
        self
    }
    fn api_tokens(&mut self) -> &mut dyn ports::ReadApiTokens {
        self
    }
    fn operators(&mut self) -> &mut dyn ports::ReadOperators {
        self
    }
    fn bulk(&mut self) -> &mut dyn ports::ReadBulk {
        self
    }
    fn jobs(&mut self) -> &mut dyn ports::ReadJobs {
        self
    }
}

impl Tx for Session<'_> {
    fn tenants(&mut self) -> &mut dyn ports::Tenants {
        self
    }
    fn users(&mut self) -> &mut dyn ports::Users {
        self
    }
    fn passwords(&mut self) -> &mut dyn ports::Passwords {
        self
    }
    fn connections(&mut self) -> &mut dyn ports::Connections {
        self
    }
    fn clients(&mut self) -> &mut dyn ports::Clients {
        self
    }
    fn resource_servers(&mut self) -> &mut dyn ports::ResourceServers {
        self
    }
    fn client_grants(&mut self) -> &mut dyn ports::ClientGrants {
        self
    }
    fn roles(&mut self) -> &mut dyn ports::Roles {
        self
    }
    fn assignments(&mut self) -> &mut dyn ports::Assignments {
        self
    }
    fn signing_keys(&mut self) -> &mut dyn ports::SigningKeys {
        self
    }
    fn events(&mut self) -> &mut dyn ports::Events {
        self
    }
    fn foreign_ids(&mut self) -> &mut dyn ports::ForeignIds {
        self
    }
    fn sessions(&mut self) -> &mut dyn ports::Sessions {
        self
    }
    fn token_families(&mut self) -> &mut dyn ports::TokenFamilies {
        self
    }
    fn tokens(&mut self) -> &mut dyn ports::Tokens {
        self
    }
    fn tickets(&mut self) -> &mut dyn ports::Tickets {
        self
    }
    fn consents(&mut self) -> &mut dyn ports::Consents {
        self
    }
    fn attempts(&mut self) -> &mut dyn ports::Attempts {
        self
    }
    fn outbox(&mut self) -> &mut dyn ports::Outbox {
        self
    }
    fn departments(&mut self) -> &mut dyn ports::Departments {
        self
    }
    fn groups(&mut self) -> &mut dyn ports::Groups {
        self
    }
    fn tags(&mut self) -> &mut dyn ports::Tags {
        self
    }
    fn api_tokens(&mut self) -> &mut dyn ports::ApiTokens {
        self
    }
    fn operators(&mut self) -> &mut dyn ports::Operators {
        self
    }
    fn bulk(&mut self) -> &mut dyn ports::Bulk {
        self
    }
    fn jobs(&mut self) -> &mut dyn ports::Jobs {
        self
    }
    fn numbers(&mut self) -> &mut dyn ports::Numbers {
        self
    }
}
