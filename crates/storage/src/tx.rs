//! What a unit of work works on: one accessor a port.

use crate::{
    Savepoints,
    ports::{
        ApiTokens, Assignments, Attempts, Bulk, ClientGrants, Clients, Connections, Consents,
        Departments, Events, ForeignIds, Groups, Jobs, Numbers, Operators, Outbox, Passwords,
        ReadApiTokens, ReadAssignments, ReadAttempts, ReadBulk, ReadClientGrants, ReadClients,
        ReadConnections, ReadConsents, ReadDepartments, ReadEvents, ReadForeignIds, ReadGroups,
        ReadJobs, ReadOperators, ReadOutbox, ReadPasswords, ReadResourceServers, ReadRoles,
        ReadSessions, ReadSigningKeys, ReadTags, ReadTenants, ReadTickets, ReadTokenFamilies,
        ReadTokens, ReadUsers, ResourceServers, Roles, Sessions, SigningKeys, Tags, Tenants,
        Tickets, TokenFamilies, Tokens, Users,
    },
};

/// Reading, outside of any transaction: its ports have no writing methods.
pub trait Read: Send {
    /// Tenants.
    fn tenants(&mut self) -> &mut dyn ReadTenants;
    /// Users and their identities.
    fn users(&mut self) -> &mut dyn ReadUsers;
    /// Users' passwords.
    fn passwords(&mut self) -> &mut dyn ReadPasswords;
    /// Connections.
    fn connections(&mut self) -> &mut dyn ReadConnections;
    /// Clients.
    fn clients(&mut self) -> &mut dyn ReadClients;
    /// Resource servers and their scopes.
    fn resource_servers(&mut self) -> &mut dyn ReadResourceServers;
    /// Client grants.
    fn client_grants(&mut self) -> &mut dyn ReadClientGrants;
    /// Roles.
    fn roles(&mut self) -> &mut dyn ReadRoles;
    /// Who has which role, and who may what.
    fn assignments(&mut self) -> &mut dyn ReadAssignments;
    /// Signing keys.
    fn signing_keys(&mut self) -> &mut dyn ReadSigningKeys;
    /// Audit events.
    fn events(&mut self) -> &mut dyn ReadEvents;
    /// Identifiers of other systems.
    fn foreign_ids(&mut self) -> &mut dyn ReadForeignIds;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn ReadSessions;
    /// The tokens of one authorization, revoked together.
    fn token_families(&mut self) -> &mut dyn ReadTokenFamilies;
    /// Refresh tokens and opaque access tokens.
    fn tokens(&mut self) -> &mut dyn ReadTokens;
    /// Secrets that are good once.
    fn tickets(&mut self) -> &mut dyn ReadTickets;
    /// What users have allowed clients.
    fn consents(&mut self) -> &mut dyn ReadConsents;
    /// Counters of failed attempts.
    fn attempts(&mut self) -> &mut dyn ReadAttempts;
    /// What waits to be delivered.
    fn outbox(&mut self) -> &mut dyn ReadOutbox;
    /// Departments and who sits in them.
    fn departments(&mut self) -> &mut dyn ReadDepartments;
    /// Groups and who is in them.
    fn groups(&mut self) -> &mut dyn ReadGroups;
    /// Tags and what they are on.
    fn tags(&mut self) -> &mut dyn ReadTags;
    /// Tokens that people and administrators have made.
    fn api_tokens(&mut self) -> &mut dyn ReadApiTokens;
    /// Who operates the installation.
    fn operators(&mut self) -> &mut dyn ReadOperators;
    /// Many users at once.
    fn bulk(&mut self) -> &mut dyn ReadBulk;
    /// Imports and exports.
    fn jobs(&mut self) -> &mut dyn ReadJobs;
}

/// A transaction. Any statement that fails fails it; `tx.nested(…)` is the only way to go on.
pub trait Tx: Savepoints {
    /// Tenants.
    fn tenants(&mut self) -> &mut dyn Tenants;
    /// Users and their identities.
    fn users(&mut self) -> &mut dyn Users;
    /// Users' passwords.
    fn passwords(&mut self) -> &mut dyn Passwords;
    /// Connections.
    fn connections(&mut self) -> &mut dyn Connections;
    /// Clients.
    fn clients(&mut self) -> &mut dyn Clients;
    /// Resource servers and their scopes.
    fn resource_servers(&mut self) -> &mut dyn ResourceServers;
    /// Client grants.
    fn client_grants(&mut self) -> &mut dyn ClientGrants;
    /// Roles.
    fn roles(&mut self) -> &mut dyn Roles;
    /// Who has which role, and who may what.
    fn assignments(&mut self) -> &mut dyn Assignments;
    /// Signing keys.
    fn signing_keys(&mut self) -> &mut dyn SigningKeys;
    /// Audit events.
    fn events(&mut self) -> &mut dyn Events;
    /// Identifiers of other systems.
    fn foreign_ids(&mut self) -> &mut dyn ForeignIds;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn Sessions;
    /// The tokens of one authorization, revoked together.
    fn token_families(&mut self) -> &mut dyn TokenFamilies;
    /// Refresh tokens and opaque access tokens.
    fn tokens(&mut self) -> &mut dyn Tokens;
    /// Secrets that are good once.
    fn tickets(&mut self) -> &mut dyn Tickets;
    /// What users have allowed clients.
    fn consents(&mut self) -> &mut dyn Consents;
    /// Counters of failed attempts.
    fn attempts(&mut self) -> &mut dyn Attempts;
    /// What waits to be delivered.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// Departments and who sits in them.
    fn departments(&mut self) -> &mut dyn Departments;
    /// Groups and who is in them.
    fn groups(&mut self) -> &mut dyn Groups;
    /// Tags and what they are on.
    fn tags(&mut self) -> &mut dyn Tags;
    /// Tokens that people and administrators have made.
    fn api_tokens(&mut self) -> &mut dyn ApiTokens;
    /// Who operates the installation.
    fn operators(&mut self) -> &mut dyn Operators;
    /// Many users at once.
    fn bulk(&mut self) -> &mut dyn Bulk;
    /// Imports and exports.
    fn jobs(&mut self) -> &mut dyn Jobs;
    /// The installation's sequence of numbers.
    fn numbers(&mut self) -> &mut dyn Numbers;
}
