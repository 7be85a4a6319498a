//! The accounts that a password opens.

use std::sync::Arc;

use citizenry_identity::Error;

use super::{Exchanged, LinkedAccount, verify::link};
use crate::{Authn, SignIn, SignInError};

impl Authn {
    /// The accounts of the tenant that a name and a password open, each with a link secret that signs
    /// in. A wrong password is counted as at a sign-in and opens none.
    ///
    /// # Errors
    /// `Locked`, `LimitReached` and `TooMany` as at a sign-in; `Other`.
    pub async fn accounts_of(&self, request: SignIn) -> Result<Vec<LinkedAccount>, SignInError> {
        let request = Arc::new(request);
        let proof = match self.verify(&request, None).await {
            Ok(proof) => proof,
            Err(SignInError::Wrong) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if proof.password.must_change {
            // A link secret would sign in without the change.
            return Ok(Vec::new());
        }
        let tenant = proof.account.tenant.clone();
        let (proof, moment) = (Arc::new(proof), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        let linked = self
            .storage
            .transact(async move |tx| {
                let user = &proof.user;
                let present = tx.passwords().find(user.tenant, user.id).await?;
                if !present.is_some_and(|present| present.hash == proof.password.hash) {
                    return Ok(None);
                }
                let linked = link(tx, &*sealer, user, Exchanged::Password, &moment).await?;
                tx.attempts().delete(user.tenant, &proof.account.key).await?;
                Ok::<_, Error>(linked)
            })
            .await?;
        Ok(linked.into_iter().map(|link| link.in_tenant(&tenant)).collect())
    }
}
