//! Client grants on the wire.

use citizenry_directory::{ClientGrantQuery, ClientGrantView};
use citizenry_identity::{ClientIdentifier, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{ids, paging::list_query};

list_query! {
    /// The query of the list of client grants.
    ClientGrantList {
        /// Grants on these audiences.
        audience: Vec<String>,
        /// Grants of these clients.
        client_id: Vec<String>,
    }
}

impl ClientGrantList {
    /// The filter.
    pub(crate) fn filter(&self) -> ClientGrantQuery {
        let given = |values: &[String]| -> Vec<String> {
            values.iter().filter(|value| !value.is_empty()).cloned().collect()
        };
        let clients = given(&self.client_id);
        ClientGrantQuery {
            clients: clients.into_iter().map(ClientIdentifier::from_stored).collect(),
            audiences: given(&self.audience),
        }
    }
}

/// A client grant to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateClientGrant {
    client_id: String,
    /// The identifier of a resource server.
    pub(crate) audience: String,
    /// Scopes that the resource server offers.
    #[validate(length(max = 1000))]
    pub(crate) scope: Vec<String>,
}

impl CreateClientGrant {
    /// The client.
    pub(crate) fn client(&self) -> Result<ClientIdentifier, Error> {
        ids::client(&self.client_id)
    }
}

/// Changes of a client grant.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateClientGrant {
    /// Replaces the list.
    #[validate(length(max = 1000))]
    pub(crate) scope: Vec<String>,
}

/// A client grant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientGrant {
    id: String,
    client_id: String,
    audience: String,
    scope: Vec<String>,
}

impl From<ClientGrantView> for ClientGrant {
    fn from(view: ClientGrantView) -> Self {
        Self {
            id: ids::show_client_grant(view.grant.id),
            client_id: view.client.to_string(),
            audience: view.audience,
            scope: view.grant.scopes.iter().map(ToString::to_string).collect(),
        }
    }
}
