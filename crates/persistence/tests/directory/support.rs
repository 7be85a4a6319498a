//! Tenants, connections, users and the rest, to write and to find again.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, LazyLock},
};

use citizenry_identity::{
    Actor, Address, AuthenticationMethod, Authorized, Channel, Client, ClientGrant, ClientGrantId,
    ClientId, ClientIdentifier, ClientKind, ClientSecret, ClientSettings, Clock as _, Connection,
    ConnectionId, ConnectionName, Consent, ConsentId, Email, Event, EventId, EventKind, Factor,
    FailedAttempts, Gender, Identity, IdentityId, KeyState, Kind, Lock, LockReason, LockWindow,
    Locks, Message, MessageId, Metadata, Moment, Number, Origin, Phone, Profile, ResourceServer,
    ResourceServerId, Role, RoleId, Scope, ScopeName, Session, SessionId, SigningAlgorithm,
    SigningKey, SigningKeyId, Status, StoredToken, Strategy, Subject, Target, Tenant, TenantId,
    TenantName, Text, Ticket, TicketKind, Timestamp, TokenDialect, TokenFamily, TokenFamilyId,
    TokenFormat, TokenKind, User, UserId, Username,
};
use citizenry_storage::{Storage, StorageError};
use citizenry_testkit::{FrozenClock, SeededEntropy, TestDatabase};
use serde_json::{Map, Value, json};

static MOMENT: LazyLock<Moment> = LazyLock::new(|| {
    Moment::new(
        FrozenClock::at("2026-03-12T08:30:00.123456Z").now(),
        Arc::new(SeededEntropy::new(3)),
    )
});

pub(crate) fn moment() -> &'static Moment {
    &MOMENT
}

/// The moment of the `second`-th second: its identifiers are greater than those of earlier ones.
pub(crate) fn later(second: i64) -> Moment {
    Moment::new(at(second), Arc::new(SeededEntropy::new(second.unsigned_abs())))
}

/// So many seconds after the moment of the tests.
pub(crate) fn at(seconds: i64) -> Timestamp {
    MOMENT.now().plus(time::Duration::seconds(seconds))
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

pub(crate) fn metadata(value: Value) -> Metadata {
    Metadata::new("metadata", object(value)).expect("free data")
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse("text", text).expect("text")
}

pub(crate) fn scope(name: &str) -> ScopeName {
    ScopeName::parse("scope", name).expect("a scope")
}

/// Two tenants that each have a database connection and a second one.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) storage: Storage,
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) second_connection: ConnectionId,
    pub(crate) other_tenant: TenantId,
    pub(crate) other_connection: ConnectionId,
}

impl World {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        let world = Self {
            storage: database.storage(),
            tenant: TenantId::generate(&MOMENT),
            connection: ConnectionId::generate(&MOMENT),
            second_connection: ConnectionId::generate(&MOMENT),
            other_tenant: TenantId::generate(&MOMENT),
            other_connection: ConnectionId::generate(&MOMENT),
        };
        let made = world.clone();
        let insert = async move |tx: &mut dyn citizenry_storage::Tx| {
            for (id, name) in [(made.tenant, "acme"), (made.other_tenant, "other")] {
                let number = tx.numbers().next().await?;
                let name = TenantName::parse(name).expect("a name");
                tx.tenants().insert(&Tenant::new(id, number, name, at(0))).await?;
            }
            for (tenant, id, name) in [
                (made.tenant, made.connection, "authok"),
                (made.tenant, made.second_connection, "sms"),
                (made.other_tenant, made.other_connection, "authok"),
            ] {
                tx.connections().insert(&connection(tenant, id, name)).await?;
            }
            Ok::<_, StorageError>(())
        };
        world.storage.transact(insert).await.expect("a world");
        world
    }

    /// A user with nothing but what every user has.
    pub(crate) fn user(&self, number: i64) -> User {
        user(self.tenant, self.connection, number)
    }

    /// A user with everything.
    pub(crate) fn full_user(&self, number: i64) -> User {
        let mut user = self.user(number);
        user.status = Status::Suspended;
        user.locks = locks();
        user.username = Some(Username::parse(&format!("Fioman{number}")).expect("a username"));
        user.email = Some(Email::parse(&format!("Fioman{number}@QQ.com")).expect("an email"));
        user.email_verified = true;
        let phone = format!("186{number:08}");
        user.phone = Some(Phone::parse(&phone, 86).expect("a phone"));
        user.phone_verified = true;
        user.external_id = Some(text(&format!("员工-{number}")));
        user.profile = profile();
        user.user_metadata = metadata(json!({"语言": "中文", "n": 1, "list": [1, 2.5, null]}));
        user.app_metadata = metadata(json!({"plan": {"name": "pro", "paid": true}}));
        user.signed_up_at = at(-60);
        user.signed_up_ip = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
        user.last_login_at = Some(at(30));
        user.last_ip = Some("2001:db8::7".parse().expect("an address"));
        user.logins_count = 17;
        user.created_by = Some(UserId::generate(&MOMENT));
        user.updated_by = Some(user.id);
        let mut linked = identity(self.second_connection, "sms", &format!("sms-{number}"));
        linked.access_token = Some(vec![0, 1, 255]);
        linked.refresh_token = Some(Vec::new());
        linked.expires_in = Some(7_200);
        linked.is_social = true;
        linked.profile_data = metadata(json!({"openid": "o-1"}));
        user.identities.push(linked);
        user.updated_at = at(5);
        user
    }
}

pub(crate) fn user(tenant: TenantId, connection: ConnectionId, number: i64) -> User {
    let first = identity(connection, "authok", &format!("u{number}"));
    User {
        id: UserId::generate(&MOMENT),
        number: Number::new(number).expect("a number"),
        tenant,
        subject: Subject::new("authok", &first.provider_user_id).expect("a subject"),
        connection,
        status: Status::Active,
        locks: Locks::default(),
        username: None,
        email: None,
        email_verified: false,
        phone: None,
        phone_verified: false,
        external_id: None,
        profile: Profile::default(),
        user_metadata: Metadata::default(),
        app_metadata: Metadata::default(),
        identities: vec![first],
        signed_up_at: at(0),
        signed_up_ip: None,
        last_login_at: None,
        last_ip: None,
        logins_count: 0,
        created_by: None,
        updated_by: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn identity(connection: ConnectionId, provider: &str, id: &str) -> Identity {
    Identity {
        id: IdentityId::generate(&MOMENT),
        connection,
        provider: Strategy::parse(provider).expect("a strategy"),
        provider_user_id: id.to_owned(),
        is_social: false,
        access_token: None,
        refresh_token: None,
        expires_in: None,
        profile_data: Metadata::default(),
        created_at: at(1),
        updated_at: at(2),
    }
}

pub(crate) fn lock(reason: LockReason, from: i64, until: Option<i64>) -> Lock {
    Lock { reason, window: LockWindow { from: at(from), until: until.map(at) } }
}

pub(crate) fn locks() -> Locks {
    [lock(LockReason::Suspicious, -5, Some(500)), lock(LockReason::Admin, 10, None)]
        .into_iter()
        .collect()
}

pub(crate) fn profile() -> Profile {
    Profile {
        name: Some(text("李雷")),
        given_name: Some(text("雷")),
        middle_name: Some(text("M")),
        family_name: Some(text("李")),
        nickname: Some(text("Lei_100%")),
        picture: Some(text("https://img.example/a.png")),
        gender: Some(Gender::Male),
        birthdate: Some(text("1987-04-23")),
        locale: Some(text("zh-CN")),
        zoneinfo: Some(text("Asia/Shanghai")),
        profile: Some(text("https://example.com/lilei")),
        website: Some(text("https://lilei.example")),
        title: Some(text("工程师")),
        company: Some(text("某某公司")),
        landline: Some(text("0755-1234567 转 8")),
        address: Address {
            address: Some(text("深圳市南山区")),
            street_address: Some(text("科技路 1 号")),
            formatted: Some(text("中国 广东 深圳")),
            country: Some(text("中国")),
            province: Some(text("广东")),
            city: Some(text("深圳")),
            district: Some(text("南山")),
            postal_code: Some(text("518000")),
        },
        description: Some(text("line\nbreak")),
        source: Some(text("import")),
    }
}

pub(crate) fn connection(tenant: TenantId, id: ConnectionId, name: &str) -> Connection {
    Connection {
        id,
        tenant,
        name: ConnectionName::parse(name).expect("a name"),
        strategy: Strategy::parse(name).expect("a strategy"),
        display_name: None,
        options: Metadata::default(),
        metadata: Metadata::default(),
        enabled_clients: std::collections::BTreeSet::new(),
        is_domain_connection: false,
        realms: Vec::new(),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn client(tenant: TenantId, name: &str) -> Client {
    Client {
        id: ClientId::generate(&MOMENT),
        identifier: ClientIdentifier::generate(&MOMENT),
        tenant,
        name: text(name),
        kind: ClientKind::NonInteractive,
        authentication_method: AuthenticationMethod::ClientSecretPost,
        secret: ClientSecret { hash: [7; 32], sealed: vec![1, 2, 3] },
        is_first_party: true,
        settings: ClientSettings::default(),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn resource_server(tenant: TenantId, name: &str, scopes: &[&str]) -> ResourceServer {
    let offered = |name: &&str| Scope { name: scope(name), description: None };
    ResourceServer {
        id: ResourceServerId::generate(&MOMENT),
        tenant,
        identifier: text(&format!("https://{name}.example/")),
        name: text(name),
        scopes: scopes.iter().map(offered).collect(),
        signing_algorithm: SigningAlgorithm::Es256,
        signing_secret: None,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: false,
        token_lifetime: ResourceServer::DEFAULT_LIFETIME,
        token_lifetime_for_web: None,
        enforce_policies: false,
        token_dialect: TokenDialect::AccessToken,
        token_format: TokenFormat::Jwt,
        is_system: false,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn grant(client: &Client, server: &ResourceServer, scopes: &[&str]) -> ClientGrant {
    ClientGrant {
        id: ClientGrantId::generate(&MOMENT),
        tenant: client.tenant,
        client: client.id,
        resource_server: server.id,
        scopes: scopes.iter().map(|name| scope(name)).collect(),
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn role(tenant: TenantId, name: &str) -> Role {
    Role {
        id: RoleId::generate(&MOMENT),
        tenant,
        name: text(name),
        description: None,
        is_administrator: false,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn signing_key(tenant: TenantId, state: KeyState) -> SigningKey {
    SigningKey {
        id: SigningKeyId::generate(&MOMENT),
        tenant,
        algorithm: SigningAlgorithm::Es256,
        state,
        sealed_private_key: vec![9, 0, 9],
        public_jwk: object(json!({"kty": "EC", "crv": "P-256"})),
        created_at: at(0),
        updated_at: at(0),
    }
}

/// An event of the `second`-th second: later ones have greater identifiers.
pub(crate) fn event(
    tenant: TenantId,
    second: i64,
    kind: EventKind,
    actor: Actor,
    target: (Kind, String),
) -> Event {
    Event {
        id: EventId::generate(&later(second)),
        tenant,
        at: at(second),
        kind,
        actor,
        target: Target { kind: target.0, id: target.1 },
        origin: Origin::default(),
        details: Map::new(),
    }
}

/// A keyed hash: 32 bytes of a kind.
pub(crate) fn hash(byte: u8) -> [u8; 32] {
    [byte; 32]
}

/// A session that began in the `second`-th second, with a secret of its own.
pub(crate) fn session(user: &User, second: u8) -> Session {
    let began = i64::from(second);
    Session {
        id: SessionId::generate(&later(began)),
        tenant: user.tenant,
        user: user.id,
        secret_hash: hash(second),
        factors: vec![Factor::Password],
        authenticated_at: at(began),
        last_used_at: at(began),
        idle_until: at(1_000),
        expires_at: at(2_000),
        ip: None,
        user_agent: None,
        created_at: at(began),
    }
}

/// A family of the `second`-th second, of no session.
pub(crate) fn family(user: &User, client: &Client, second: i64) -> TokenFamily {
    TokenFamily {
        id: TokenFamilyId::generate(&later(second)),
        tenant: user.tenant,
        client: client.id,
        user: user.id,
        session: None,
        authorized: Authorized::default(),
        is_offline: false,
        created_at: at(second),
        expires_at: at(2_000),
        revoked_at: None,
    }
}

/// A token that a client got for itself.
pub(crate) fn token(client: &Client, kind: TokenKind, byte: u8) -> StoredToken {
    StoredToken {
        hash: hash(byte),
        kind,
        tenant: client.tenant,
        client: client.id,
        user: None,
        family: None,
        scopes: Vec::new(),
        audiences: Vec::new(),
        dpop_thumbprint: None,
        issued_at: at(0),
        expires_at: at(2_000),
        rotated_at: None,
    }
}

/// A token of a family.
pub(crate) fn token_of(family: &TokenFamily, kind: TokenKind, byte: u8) -> StoredToken {
    StoredToken {
        hash: hash(byte),
        kind,
        tenant: family.tenant,
        client: family.client,
        user: Some(family.user),
        family: Some(family.id),
        scopes: vec!["openid".to_owned()],
        audiences: Vec::new(),
        dpop_thumbprint: None,
        issued_at: at(0),
        expires_at: at(2_000),
        rotated_at: None,
    }
}

/// A ticket for nobody in particular.
pub(crate) fn ticket(tenant: TenantId, kind: TicketKind, byte: u8) -> Ticket {
    Ticket {
        kind,
        hash: hash(byte),
        second_hash: None,
        tenant,
        user: None,
        client: None,
        family: None,
        details: Map::new(),
        created_at: at(0),
        expires_at: at(600),
        used_at: None,
    }
}

/// A consent of the `second`-th second.
pub(crate) fn consent(user: &User, client: &Client, audience: &str, second: i64) -> Consent {
    Consent {
        id: ConsentId::generate(&later(second)),
        tenant: user.tenant,
        user: user.id,
        client: client.id,
        audience: audience.to_owned(),
        scopes: vec![scope("r:x")],
        created_at: at(second),
        updated_at: at(second),
    }
}

pub(crate) fn attempts(tenant: TenantId, byte: u8) -> FailedAttempts {
    FailedAttempts {
        tenant,
        key: hash(byte),
        count: 1,
        last_at: at(0),
        blocked_until: None,
        expires_at: at(900),
    }
}

/// A message that is due in the `second`-th second.
pub(crate) fn message(tenant: TenantId, second: i64) -> Message {
    Message {
        id: MessageId::generate(&later(second)),
        tenant,
        channel: Channel::Mail,
        content: vec![0, 255],
        failures: 0,
        due_at: at(second),
        expires_at: at(86_400),
        created_at: at(0),
    }
}
