//! `citizenry export`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use citizenry_config::Configuration;
use citizenry_directory::export::ExportOptions;
use citizenry_identity::ConnectionName;
use clap::Args;

use crate::failure::Failure;
use crate::installation::Installation;
use crate::progress::Meter;

/// What an export takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  citizenry export --output users.ndjson
  citizenry export --without-hashes | gzip > users.ndjson.gz
  citizenry export | citizenry import - --data-dir other --create-missing

One JSON object a line, in the order of identifiers; docs/import.md tells what it holds. Exported
and imported into an empty directory, it is exported with the same bytes again.")]
pub(crate) struct Arguments {
    /// The file, which only its owner may read; it appears when it is whole [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// Users of this connection alone
    #[arg(long)]
    connection: Option<String>,
    /// Leave out the hashes of passwords
    #[arg(long)]
    without_hashes: bool,
}

pub(crate) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    let exported = if let Some(path) = &arguments.output {
        to_file(&installation, &arguments, path).await
    } else {
        let output = BufWriter::new(io::stdout());
        export(&installation, &arguments, output, Path::new("standard output")).await
    };
    installation.close().await;
    exported
}

/// Writes beside the file, and puts that in its place when it is whole.
async fn to_file(
    installation: &Installation,
    arguments: &Arguments,
    path: &Path,
) -> Result<(), Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let file = create(&partial).map_err(|error| Failure::of_file(&partial, &error))?;
    let exported = export(installation, arguments, BufWriter::new(file), &partial).await;
    let placed = exported.and_then(|()| {
        std::fs::rename(&partial, path).map_err(|error| Failure::of_file(path, &error))
    });
    if placed.is_err() {
        // It may not even have been made.
        let _absent = std::fs::remove_file(&partial);
    }
    placed
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

async fn export(
    installation: &Installation,
    arguments: &Arguments,
    mut output: impl Write,
    path: &Path,
) -> Result<(), Failure> {
    let (_, caller) = installation.tenant(&arguments.tenant).await?;
    let options = ExportOptions {
        connection: arguments.connection.as_deref().map(ConnectionName::parse).transpose()?,
        hashes: !arguments.without_hashes,
    };
    let meter = Meter::new("exporting", None);
    let (mut after, mut bytes, mut users) = (None, 0, 0);
    loop {
        let page = installation.directory.export_page(&caller, &options, after).await?;
        output.write_all(&page.rows).map_err(|error| Failure::of_file(path, &error))?;
        bytes += page.rows.len() as u64;
        users += page.users;
        meter.at(bytes, users);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    output.flush().map_err(|error| Failure::of_file(path, &error))?;
    meter.end();
    Ok(installation.directory.note_export(&caller, users).await?)
}
