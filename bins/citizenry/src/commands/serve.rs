//! `citizenry serve`.

use actix_web::rt::{spawn, task::JoinHandle};
use citizenry_authn::Authn;
use citizenry_config::{Configuration, Loaded};
use citizenry_identity::TenantName;
use citizenry_oauth::{Issuers, OAuth};

use crate::data_directory::DataDirectory;
use crate::doors::Doors;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::outbox::Outbox;
use crate::provision::{self, FirstCredentials};
use crate::readiness::ServerReadiness;
use crate::server::Assembled;
use crate::server_address::{self, ServerAddress};
use crate::signals::StopSignals;
use crate::sockets::Sockets;
use crate::{logging, outgoing, output, public_url, upkeep};

/// Runs the server until a signal ends it.
pub(crate) fn run(loaded: &Loaded) -> Result<(), Failure> {
    logging::start(loaded)?;
    actix_web::rt::System::new().block_on(serve(&loaded.configuration))
}

async fn serve(configuration: &Configuration) -> Result<(), Failure> {
    let signals = StopSignals::catch()?;
    let sockets = Sockets::bind(configuration).await?;
    let issuers = public_url::issuers(configuration, &sockets.own_url());
    let installation = Installation::open_or_create(configuration).await?;
    let default = TenantName::parse(TenantName::DEFAULT)?;
    let first = provision::create_missing(&installation, &issuers, &default).await?;
    installation.check_master_key().await?;

    let address = sockets.plain.address;
    let directory = DataDirectory::at(&configuration.server.data_dir);
    let left = ServerAddress { listen: address, public_url: issuers.public_url().to_owned() };
    left.write(&directory)?;

    let announcement = announcement(configuration, &sockets, first.as_ref(), &issuers);
    let authn = installation.authn(&issuers);
    let oauth = installation.oauth(issuers);
    let helpers = helpers(configuration, &installation, &oauth, &authn)?;
    let doors = Doors::new(configuration, &installation, oauth, authn);
    let readiness = ServerReadiness::new(installation.database.clone());
    let server = Assembled::new(configuration, sockets, doors, readiness)?;
    output::text(&announcement)?;
    let outcome = server.run(signals).await;
    helpers.iter().for_each(JoinHandle::abort);

    server_address::forget(&directory, address);
    installation.close().await;
    outcome
}

/// What runs beside the doors: deliveries, clearing away, rotation of keys.
fn helpers(
    configuration: &Configuration,
    installation: &Installation,
    oauth: &OAuth,
    authn: &Authn,
) -> Result<Vec<JoinHandle<()>>, Failure> {
    let outbox = Outbox {
        storage: installation.storage.clone(),
        environment: installation.environment.clone(),
        oauth: oauth.clone(),
        mailer: outgoing::mailer(&configuration.mail)?,
        sms: outgoing::sms_sender(&configuration.sms)?,
    };
    let sign_in = configuration.sign_in.clone();
    Ok(vec![
        spawn(outbox.run()),
        spawn(upkeep::clean_up(authn.clone(), sign_in.clean_up_interval)),
        spawn(upkeep::run_jobs(installation.directory.clone())),
        spawn(upkeep::rotate_keys(oauth.clone(), sign_in)),
    ])
}

/// What the start prints. The last line names the address without TLS, so that whoever waits for it
/// has seen all.
fn announcement(
    configuration: &Configuration,
    sockets: &Sockets,
    first: Option<&FirstCredentials>,
    issuers: &Issuers,
) -> String {
    let mut lines = Vec::new();
    if let Some(credentials) = first {
        lines.push(first_credentials(credentials));
    }
    let data = match &configuration.database.url {
        Some(url) => url.masked(),
        None => configuration.server.data_dir.display().to_string(),
    };
    lines.push(format!("data in {data}"));
    lines.push(format!("management API at {}/api/v1", issuers.public_url()));
    if let Some(metrics) = &sockets.metrics {
        lines.push(format!("metrics on http://{}", metrics.address));
    }
    if let Some(tls) = &sockets.tls {
        lines.push(format!("listening on https://{}", tls.listener.address));
    }
    lines.push(format!("listening on {}\n", sockets.own_url()));
    lines.join("\n")
}

fn first_credentials(credentials: &FirstCredentials) -> String {
    let (admin, authok) = (&credentials.admin, &credentials.authok);
    format!(
        "A new installation. These are its first credentials; they are shown only now
(`citizenry bootstrap` issues others):

  administrator of the tenant {tenant}
    username       {username}
    password       {password}

  client of the management API, with every scope
    client_id      {client_id}
    client_secret  {client_secret}
    audience       {audience}
",
        tenant = credentials.tenant.name,
        username = admin.username,
        password = admin.password,
        client_id = authok.client_id,
        client_secret = authok.client_secret,
        audience = authok.audience,
    )
}
