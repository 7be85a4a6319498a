//! The policy as the port that use cases ask.

use async_trait::async_trait;
use citizenry_identity::{Error, PasswordPolicy, PasswordRule};
use citizenry_storage::PasswordRules;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::{PersonalData, broken_rules};

/// So many passwords are judged at once: what a stranger sends to sign up with must not be able to
/// keep every core busy.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Holds new passwords against every rule of a policy, off the threads that serve requests.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyRules;

#[async_trait]
impl PasswordRules for PolicyRules {
    async fn violations(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        personal: &[String],
    ) -> Result<Vec<PasswordRule>, Error> {
        let mut person = PersonalData::default();
        for text in personal {
            person.add(text);
        }
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let (policy, password) = (policy.clone(), password.clone());
        let judge = move || broken_rules(&policy, &password, &person);
        tokio::task::spawn_blocking(judge).await.map_err(Error::internal)
    }
}
