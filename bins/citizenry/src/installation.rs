//! An installation: its data directory, its database, its keys.

use std::path::Path;
use std::sync::Arc;

use citizenry_authn::{
    AesSealer, Argon2Cost, Argon2Hasher, Authn, HasherSettings, Links, MasterKey, MasterKeyError,
    PolicyRules, SystemEntropy,
};
use citizenry_authz::Caller;
use citizenry_config::sections::SignIn;
use citizenry_config::{Configuration, DatabaseUrl};
use citizenry_directory::Directory;
use citizenry_http_oidc::PasswordGrant;
use citizenry_identity::{Error, SigningAlgorithm, SystemClock, Tenant, TenantName};
use citizenry_oauth::{Issuers, OAuth, OAuthSettings};
use citizenry_persistence::{Database, Location, MigrationError, OpenError};
use citizenry_storage::{Environment, Storage, sealing};

use crate::data_directory::DataDirectory;
use crate::failure::{Exit, Failure, chain};
use crate::outgoing::GuardedWeb;
use crate::progress;

/// An open database, and what use cases need besides.
pub(crate) struct Installation {
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) directory: Directory,
    /// What the configuration says of signing in.
    pub(crate) sign_in: SignIn,
    /// Whether nothing was in the database before: nobody knows any credentials yet.
    pub(crate) is_new: bool,
}

impl Installation {
    /// Opens an installation that `serve` or `bootstrap` has prepared.
    pub(crate) async fn open(configuration: &Configuration) -> Result<Self, Failure> {
        let database = open_existing(configuration).await?;
        refuse_pending(&database).await?;
        let installation = Self::assemble(configuration, database).await?;
        if installation.is_new {
            return Err(unprepared("the database holds no tenant"));
        }
        Ok(installation)
    }

    /// Opens an installation; makes the directory, the database, its schema and the master key when
    /// they are missing.
    pub(crate) async fn open_or_create(configuration: &Configuration) -> Result<Self, Failure> {
        DataDirectory::open_or_create(&configuration.server.data_dir)?;
        let database = connect(configuration).await?;
        progress::shown("running migrations", database.migrate())
            .await
            .map_err(|error| migration_failed(&error))?;
        Self::assemble(configuration, database).await
    }

    async fn assemble(configuration: &Configuration, database: Database) -> Result<Self, Failure> {
        let storage = database.storage();
        let is_new = is_empty(&storage).await?;
        let key = master_key(configuration, is_new)?;
        install_cryptography();
        let sealer = AesSealer::new(&key).map_err(|error| Failure::new(Exit::Failed, error))?;
        let environment = Environment {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            sealer: Arc::new(sealer),
            passwords: Arc::new(hasher(configuration)?),
            password_rules: Arc::new(PolicyRules),
            web: Arc::new(GuardedWeb::new(&configuration.outgoing)),
        };
        let directory = Directory::new(storage.clone(), environment.clone());
        let sign_in = configuration.sign_in.clone();
        Ok(Self { database, storage, environment, directory, sign_in, is_new })
    }

    /// Who people are, with pages where `issuers` say.
    pub(crate) fn authn(&self, issuers: &Issuers) -> Authn {
        Authn::new(self.storage.clone(), self.environment.clone(), Links::new(issuers.public_url()))
    }

    /// The provider whose issuers are called `issuers`, and which lets clients do what the
    /// configuration lets them.
    pub(crate) fn oauth(&self, issuers: Issuers) -> OAuth {
        let settings = OAuthSettings {
            dynamic_registration: self.sign_in.dynamic_registration,
            require_dpop_nonce: self.sign_in.require_dpop_nonce,
        };
        let passwords = Arc::new(PasswordGrant::new(self.authn(&issuers)));
        let (storage, environment) = (self.storage.clone(), self.environment.clone());
        let oauth = OAuth::with_settings(storage, environment, issuers, settings);
        oauth.set_password_verifier(passwords);
        oauth
    }

    /// Whether the master key is the one that the database's secrets are sealed with.
    pub(crate) async fn check_master_key(&self) -> Result<(), Failure> {
        let found = self.storage.read::<_, Error, _>(async move |read| {
            let name = TenantName::parse(TenantName::DEFAULT)?;
            let Some(tenant) = read.tenants().find_by_name(&name).await? else { return Ok(None) };
            Ok(read.signing_keys().find_current(tenant.id, SigningAlgorithm::Es256).await?)
        });
        let Some(key) = found.await? else { return Ok(()) };
        let context = sealing::signing_key(key.id);
        match self.environment.sealer.open(&context, &key.sealed_private_key) {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::new(
                Exit::Unavailable,
                "the master key does not open what the database holds",
            )
            .advise("use the master key that the database was made with")),
        }
    }

    /// The tenant of that name, and the operator's hands in it.
    pub(crate) async fn tenant(&self, name: &str) -> Result<(Tenant, Caller), Failure> {
        let found = self.directory.tenant_named(&TenantName::parse(name)?).await?;
        let tenant = found.ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("there is no tenant {name}"))
                .advise("`citizenry tenant list` names the tenants")
        })?;
        let caller = Caller::operator(&tenant);
        Ok((tenant, caller))
    }

    /// The operator's hands in the installation as a whole.
    pub(crate) async fn operator(&self) -> Result<Caller, Failure> {
        Ok(self.tenant(TenantName::DEFAULT).await?.1)
    }

    /// Finishes what has begun and closes the database.
    pub(crate) async fn close(self) {
        self.database.close().await;
    }
}

/// The hasher that the configuration asks for.
fn hasher(configuration: &Configuration) -> Result<Argon2Hasher, Failure> {
    let wanted = &configuration.sign_in;
    let usual = match wanted.hash_threads {
        Some(threads) => HasherSettings::with_threads(threads as usize),
        None => HasherSettings::default(),
    };
    let settings = HasherSettings {
        queue: wanted.hash_queue.map_or(usual.queue, |queue| queue as usize),
        cost: Argon2Cost {
            memory_kib: wanted.hash_memory,
            passes: wanted.hash_passes,
            ..usual.cost
        },
        ..usual
    };
    Ok(Argon2Hasher::with_settings(settings)?)
}

/// Lets everything that speaks TLS use one cryptography. What is installed first stays.
pub(crate) fn install_cryptography() {
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Whether the database holds no tenant yet.
async fn is_empty(storage: &Storage) -> Result<bool, Failure> {
    let found = storage.read::<_, Error, _>(async move |read| {
        let default = TenantName::parse(TenantName::DEFAULT)?;
        Ok(read.tenants().find_by_name(&default).await?)
    });
    Ok(found.await?.is_none())
}

/// Where the data are, from the configuration.
pub(crate) fn location(configuration: &Configuration) -> Result<Location, Failure> {
    let Some(url) = &configuration.database.url else {
        let path = DataDirectory::at(&configuration.server.data_dir).database();
        return Ok(Location::Sqlite { path });
    };
    let location =
        Location::from_url(url.secret()).map_err(|error| open_failed(configuration, &error))?;
    Ok(match location {
        Location::Postgres { url, .. } => {
            Location::Postgres { url, pool_size: configuration.database.connections as usize }
        }
        other => other,
    })
}

/// Opens the database; SQLite's file is made when it is missing.
pub(crate) async fn connect(configuration: &Configuration) -> Result<Database, Failure> {
    let location = location(configuration)?;
    let opened = progress::shown("opening the database", citizenry_persistence::open(&location));
    opened.await.map_err(|error| open_failed(configuration, &error))
}

/// As [`connect`], but makes no file.
pub(crate) async fn open_existing(configuration: &Configuration) -> Result<Database, Failure> {
    if let Location::Sqlite { path } = location(configuration)?
        && !path.exists()
    {
        return Err(unprepared(&format!("there is no database at {}", path.display())));
    }
    connect(configuration).await
}

async fn refuse_pending(database: &Database) -> Result<(), Failure> {
    let pending = database.pending().await.map_err(|error| migration_failed(&error))?;
    if pending.is_empty() {
        return Ok(());
    }
    let message = format!("the database lacks {} migrations of this program", pending.len());
    Err(Failure::new(Exit::Unavailable, message).advise("run `citizenry migrate run`"))
}

/// The master key. One is made only for a new installation: for another, a new key could open
/// nothing of what the database holds.
fn master_key(configuration: &Configuration, is_new: bool) -> Result<MasterKey, Failure> {
    if let Some(text) = &configuration.security.master_key {
        return MasterKey::from_base64(text).map_err(|error| {
            Failure::new(Exit::Configuration, format!("security.master_key: {error}"))
                .advise("`openssl rand -base64 32` makes one")
        });
    }
    let path = DataDirectory::at(&configuration.server.data_dir).master_key();
    let loaded = if is_new { MasterKey::load_or_create(&path) } else { MasterKey::load(&path) };
    loaded.map_err(|error| key_failed(&path, &error))
}

fn key_failed(path: &Path, error: &MasterKeyError) -> Failure {
    match error {
        MasterKeyError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("the master key {} is missing", path.display());
            Failure::new(Exit::Unavailable, message).advise(
                "the database's secrets are sealed with it: put it back, or name it with \
                 security.master_key",
            )
        }
        MasterKeyError::Malformed => {
            Failure::new(Exit::Unavailable, format!("{}: {error}", path.display()))
                .advise("put the file back from a copy")
        }
        _ => Failure::new(Exit::Unavailable, error),
    }
}

fn open_failed(configuration: &Configuration, error: &OpenError) -> Failure {
    let url = &configuration.database.url;
    let name = url.as_ref().map_or_else(|| "the SQLite database".to_owned(), DatabaseUrl::masked);
    let failure = Failure::new(Exit::Unavailable, format!("{name}: {}", chain(error)));
    failure.advise("look at database.url (--database-url), and whether the database runs")
}

pub(crate) fn migration_failed(error: &MigrationError) -> Failure {
    Failure::new(Exit::Unavailable, chain(error))
        .advise("`citizenry migrate status` shows what is missing")
}

fn unprepared(message: &str) -> Failure {
    Failure::new(Exit::Unavailable, message).advise(
        "prepare the installation with `citizenry bootstrap`, or name another with --data-dir or \
         --database-url",
    )
}
