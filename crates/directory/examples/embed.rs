//! Another program opens a directory and creates a user, without HTTP:
//! `cargo run -p citizenry-directory --example embed`.

use std::sync::Arc;

use citizenry_authn::{AesSealer, Argon2Hasher, MasterKey, PolicyRules, SystemEntropy};
use citizenry_authz::Caller;
use citizenry_directory::{Directory, Environment, NewTenant, NewUser};
use citizenry_identity::{Email, SystemClock, TenantName, Text, Username};
use citizenry_persistence::{Location, open};
use citizenry_storage::NoWeb;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = open(&Location::Memory).await?;
    database.migrate().await?;
    let environment = Environment {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        sealer: Arc::new(AesSealer::new(&MasterKey::generate()?)?),
        passwords: Arc::new(Argon2Hasher::new()),
        password_rules: Arc::new(PolicyRules),
        web: Arc::new(NoWeb),
    };
    let directory = Directory::new(database.storage(), environment);
    let provisioned = directory
        .create_tenant(NewTenant {
            name: TenantName::parse(TenantName::DEFAULT)?,
            management_identifier: Text::parse("identifier", "https://directory.example/api")?,
            administrator: Username::parse("admin")?,
            administrator_password: None,
        })
        .await?;
    let caller = Caller::operator(&provisioned.tenant);
    let email = Some(Email::parse("fioman@qq.com")?);
    let user = directory.create_user(&caller, NewUser { email, ..NewUser::default() }).await?.user;
    #[expect(clippy::print_stdout, reason = "an example shows its result")]
    {
        println!("{} is {}", user.display_name(), user.subject);
    }
    database.close().await;
    Ok(())
}
