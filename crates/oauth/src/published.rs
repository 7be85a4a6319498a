//! The documents that everybody may read, as they are sent: the discovery document and the key set.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use citizenry_identity::{Error, Tenant};
use citizenry_storage::Remembered;
use serde::Serialize;

use crate::OAuth;

/// The most documents that a server remembers; a few kilobytes each.
pub(crate) const MOST: usize = 256;

/// The documents that a server remembers.
pub(crate) type PublishedDocuments = Remembered<(Published, Option<String>), Arc<Document>>;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Published {
    /// OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2.
    Discovery,
    /// The key set (RFC 7517, section 5).
    Keys,
}

/// A document as it is sent.
#[derive(Debug)]
pub struct Document {
    /// The JSON text.
    pub json: String,
    /// What tells this text from every other: base64url characters.
    pub entity_tag: String,
    /// Whose it is.
    tenant: Tenant,
}

impl Document {
    fn new(tenant: Tenant, content: &impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_string(content).map_err(Error::internal)?;
        let hash = digest::digest(&digest::SHA256, json.as_bytes());
        let entity_tag = URL_SAFE_NO_PAD.encode(hash);
        Ok(Self { json, entity_tag, tenant })
    }
}

impl OAuth {
    /// A document of a tenant; of the default tenant if none is named. It is made anew when
    /// something has been committed since.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is closed.
    pub async fn published(
        &self,
        which: Published,
        tenant: Option<&str>,
    ) -> Result<Arc<Document>, Error> {
        let generation = self.shared.storage.generation().await;
        let now = self.shared.environment.clock.now();
        let key = (which, tenant.map(str::to_owned));
        let known = self.shared.documents.get(generation, &key);
        if let Some(known) = known.filter(|known| known.tenant.is_open(now)) {
            return Ok(known);
        }
        let found = self.tenant(tenant).await?;
        let document = match which {
            Published::Discovery => {
                let content = self.discovery_of(&found);
                Document::new(found, &content)
            }
            Published::Keys => {
                let content = self.jwks_of(&found).await?;
                Document::new(found, &content)
            }
        };
        let document = Arc::new(document?);
        self.shared.documents.put(generation, key, Arc::clone(&document));
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use citizenry_identity::SigningAlgorithm;
    use citizenry_testkit::block_on;

    use super::*;
    use crate::test_world::World;

    #[test]
    fn a_document_is_made_once_and_anew_after_a_change() {
        block_on(async {
            let world = World::in_file().await;
            let keys = async || world.oauth.published(Published::Keys, None).await.unwrap();
            // Making the key that everybody expects is a change itself.
            keys().await;
            let first = keys().await;
            assert!(Arc::ptr_eq(&first, &keys().await));
            let tenant = &world.home.tenant;
            world.oauth.signing_key(tenant, SigningAlgorithm::EdDsa).await.unwrap();
            let second = keys().await;
            assert_ne!(first.entity_tag, second.entity_tag);
            assert!(second.json.contains("EdDSA") && !first.json.contains("EdDSA"));
        });
    }

    #[test]
    fn a_tenant_that_closes_publishes_nothing() {
        block_on(async {
            let world = World::in_file().await;
            let asked = async |tenant| {
                world.oauth.published(Published::Discovery, Some(tenant)).await.map(drop)
            };
            assert!(asked("acme").await.is_ok());
            assert!(asked("acme").await.is_ok());
            world.disable(&world.foreign).await;
            assert!(matches!(asked("acme").await, Err(Error::NotFound { .. })));
            assert!(matches!(asked("nobody").await, Err(Error::NotFound { .. })));
        });
    }
}
