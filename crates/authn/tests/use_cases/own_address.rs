use citizenry_authn::{CodeAddress, LinkOwner, OwnAddress, SignInError};
use citizenry_identity::{Error, EventKind, User};
use citizenry_testkit::block_on;
use secrecy::SecretString;

use super::{
    codes::mailbox,
    world::{World, phone},
};

impl World {
    async fn own_code(&self, user: &User, address: &CodeAddress) -> String {
        let caller = self.himself(user);
        self.authn.send_own_code(&caller, address.clone(), Some("en")).await.unwrap();
        match address {
            CodeAddress::Email(_) => self.mails().await.pop().unwrap().secret.unwrap(),
            CodeAddress::Phone(_) => {
                let text = self.texts().await.pop().unwrap().text;
                text.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect()
            }
        }
    }

    async fn own_link(&self, user: &User, address: &CodeAddress) -> (String, SecretString) {
        let code = self.own_code(user, address).await;
        let (caller, shown) = (self.himself(user), code.as_str().into());
        let link = self.authn.check_own_code(&caller, address.clone(), &shown).await.unwrap();
        (code, link)
    }

    async fn take(
        &self,
        user: &User,
        address: &CodeAddress,
        link_secret: &SecretString,
        code: Option<&str>,
    ) -> Result<User, Error> {
        let change = OwnAddress {
            address: address.clone(),
            link_secret: link_secret.clone(),
            code: code.map(Into::into),
        };
        self.authn.change_own_address(&self.himself(user), change).await
    }
}

fn field(result: Result<User, Error>) -> String {
    match result.unwrap_err() {
        Error::Invalid { field, .. } => format!("invalid {field}"),
        Error::Conflict { field, .. } => format!("conflict {field}"),
        error => error.to_string(),
    }
}

#[test]
fn a_code_gives_a_new_address_that_is_verified() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let address = mailbox("New@example.com");
        let (code, link) = world.own_link(&user, &address).await;
        let changed = world.take(&user, &address, &link, Some(&code)).await.unwrap();
        let stored = world.stored(user.id).await;
        assert_eq!(stored, changed);
        assert_eq!(stored.email.as_ref().unwrap().as_str(), "New@example.com");
        assert!(stored.email_verified && stored.updated_by == Some(user.id));
        assert_eq!(
            field(world.take(&user, &address, &link, Some(&code)).await),
            "invalid link_secret"
        );
        let address = CodeAddress::Phone(phone("18600002222"));
        let (_, link) = world.own_link(&user, &address).await;
        world.take(&user, &address, &link, None).await.unwrap();
        let stored = world.stored(user.id).await;
        assert_eq!(stored.phone, Some(phone("18600002222")));
        assert!(stored.phone_verified);
        assert_eq!(world.told(EventKind::USER_UPDATED).await, 2);
    });
}

#[test]
fn a_link_secret_is_for_that_user_address_and_code() {
    block_on(async {
        let world = World::new().await;
        let (user, other) = (world.user("fioman").await, world.user("lilei").await);
        let (address, elsewhere) = (mailbox("new@example.com"), mailbox("x@example.com"));
        let (code, link) = world.own_link(&user, &address).await;
        let wrong = |result| assert_eq!(field(result), "invalid link_secret");
        wrong(world.take(&other, &address, &link, Some(&code)).await);
        wrong(world.take(&user, &elsewhere, &link, Some(&code)).await);
        wrong(world.take(&user, &CodeAddress::Phone(phone("18600002222")), &link, None).await);
        let result = world.take(&user, &address, &link, Some("x")).await;
        assert_eq!(field(result), "invalid verification_code");
        let entered = world.link_in(LinkOwner::Number(user.number), &link).await;
        assert!(matches!(entered, Err(SignInError::Wrong)));
        world.take(&user, &address, &link, Some(&code)).await.unwrap();
        assert_eq!(world.stored(other.id).await.email, other.email);
    });
}

#[test]
fn an_own_code_is_nobody_elses() {
    block_on(async {
        let world = World::new().await;
        let (user, other) = (world.user("fioman").await, world.user("lilei").await);
        let address = mailbox("new@example.com");
        let code = world.own_code(&user, &address).await;
        let shown = code.as_str().into();
        let foreign = world.himself(&other);
        let refused = world.authn.check_own_code(&foreign, address.clone(), &shown).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field, .. }) if field == "verification_code")
        );
        let caller = world.himself(&user);
        world.authn.check_own_code(&caller, address, &shown).await.unwrap();
    });
}

#[test]
fn an_address_that_another_has_stays_his() {
    block_on(async {
        let world = World::new().await;
        let (user, other) = (world.user("fioman").await, world.user("lilei").await);
        let address = mailbox("lilei@example.com");
        let (code, link) = world.own_link(&user, &address).await;
        let result = world.take(&user, &address, &link, Some(&code)).await;
        assert_eq!(field(result), "conflict email");
        assert_eq!(world.stored(user.id).await.email, user.email);
        assert_eq!(world.stored(other.id).await.email, other.email);
    });
}

#[test]
fn what_was_mailed_to_the_address_before_is_good_no_more() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, super::world::from("192.0.2.7"));
        let asked =
            world.authn.request_password_reset(tenant, None, "fioman@example.com", None, &origin);
        asked.await.unwrap();
        let ticket = super::recovery::ticket(&world.mails().await[0]);
        let address = mailbox("new@example.com");
        let (code, link) = world.own_link(&user, &address).await;
        world.take(&user, &address, &link, Some(&code)).await.unwrap();
        assert!(world.authn.reset_ticket(tenant, &ticket).await.unwrap().is_none());
    });
}
