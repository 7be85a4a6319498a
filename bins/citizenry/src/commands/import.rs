//! `citizenry import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use citizenry_authz::Caller;
use citizenry_config::Configuration;
use citizenry_directory::import::{
    Chunk, ImportOptions, Importer, Input, Lines, Position, RowForm, RowOutcome, RowResult,
    RowRules,
};
use citizenry_identity::{ConnectionName, Error, Job};
use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::failure::{Exit, Failure};
use crate::import_results::ImportResults;
use crate::installation::Installation;
use crate::output::{self, Format, Rows};
use crate::progress::Meter;

/// How much of an input it is recognised by, bytes.
const HEAD: u64 = 64 * 1024;
/// How many chunks wait to be written while the next is read.
const AHEAD: usize = 2;
/// How many refused rows are named on standard error where no file takes the results.
const SHOWN: usize = 10;
/// How much of an input is read at once, bytes.
const BUFFER: usize = 256 * 1024;

/// What an import takes.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "\
Examples:
  citizenry import users.ndjson --dry-run       what it would do, and which rows are refused
  citizenry import users.ndjson --results results.ndjson
  citizenry export | citizenry import - --data-dir other --create-missing
  citizenry import users.ndjson --upsert        change who is there already

One JSON object a line; docs/import.md tells what it may hold. An import that was stopped goes on
where its last commit ended when the same command is given again; one that is repeated changes
nothing. Rows that are refused do not stop it: then it ends with exit code 5.")]
pub(crate) struct Arguments {
    /// The file, - for standard input
    file: PathBuf,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// The connection of rows that name none [default: the tenant's default connection]
    #[arg(long)]
    connection: Option<String>,
    /// Change users who are there already
    #[arg(long)]
    upsert: bool,
    /// Make roles and groups that rows name and that are not there
    #[arg(long)]
    create_missing: bool,
    /// Change nothing, tell what would come of each row by what is stored now
    #[arg(long)]
    dry_run: bool,
    /// Where to write what came of each row, one JSON object a line
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Begin anew where an import of this file was stopped
    #[arg(long)]
    restart: bool,
}

#[derive(Serialize)]
struct Summary {
    created: u64,
    updated: u64,
    unchanged: u64,
    failed: u64,
    total: u64,
    lines: u64,
    resumed: bool,
    dry_run: bool,
    job: String,
}

impl Rows for Summary {
    fn columns() -> &'static [&'static str] {
        &["created", "updated", "unchanged", "failed", "rows", "lines", "resumed", "dry run", "job"]
    }

    fn cells(&self) -> Vec<String> {
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        vec![
            self.created.to_string(),
            self.updated.to_string(),
            self.unchanged.to_string(),
            self.failed.to_string(),
            self.total.to_string(),
            self.lines.to_string(),
            word(self.resumed),
            word(self.dry_run),
            self.job.clone(),
        ]
    }
}

pub(crate) async fn run(
    arguments: Arguments,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    let summary = import(&installation, &arguments).await;
    installation.close().await;
    let summary = summary?;
    output::one(format, &summary)?;
    if summary.failed == 0 {
        return Ok(());
    }
    let failure = Failure::new(Exit::Refused, format!("{} rows were refused", summary.failed));
    Err(match &arguments.results {
        Some(path) => failure.advise(format!("{} says why", path.display())),
        None => failure.advise("--results FILE says why, row by row"),
    })
}

async fn import(installation: &Installation, arguments: &Arguments) -> Result<Summary, Failure> {
    let (_, caller) = installation.tenant(&arguments.tenant).await?;
    let mut opened = Opened::open(&arguments.file)?;
    let options = ImportOptions {
        connection: arguments.connection.as_deref().map(ConnectionName::parse).transpose()?,
        upsert: arguments.upsert,
        create_missing: arguments.create_missing,
        dry_run: arguments.dry_run,
        form: RowForm::Whole,
    };
    let directory = &installation.directory;
    let begun = directory.begin_import(&caller, options, &opened.input, arguments.restart);
    let mut importer = begun.await?;
    let results = open_results(installation, &caller, arguments, &importer).await?;
    let meter = Meter::new("importing", opened.input.bytes);
    let at = importer.position();
    let reader = opened.seek(at).map_err(|error| unreadable(&arguments.file, &error))?;
    let chunks = read_ahead(reader, at, importer.rules())?;
    let written = write(&mut importer, chunks, results, &meter, &arguments.file).await;
    meter.end();
    let (lines, resumed) = (importer.progress().lines, importer.is_resumed());
    let finished = match written {
        Ok(()) => importer.finish(None).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let job = finished.map_err(|failure| {
        failure.advise_also(&format!(
            "the first {lines} lines are done with, the same command goes on after them"
        ))
    })?;
    Ok(summary(&job, resumed, arguments.dry_run))
}

fn summary(job: &Job, resumed: bool, dry_run: bool) -> Summary {
    let progress = &job.progress;
    Summary {
        created: progress.inserted,
        updated: progress.updated,
        unchanged: progress.unchanged,
        failed: progress.failed,
        total: progress.total(),
        lines: progress.lines,
        resumed,
        dry_run,
        job: job.id.to_string(),
    }
}

/// Writes chunk after chunk.
async fn write(
    importer: &mut Importer,
    mut chunks: mpsc::Receiver<io::Result<Chunk>>,
    mut results: Option<ImportResults>,
    meter: &Meter,
    file: &Path,
) -> Result<(), Failure> {
    let mut shown = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(|error| unreadable(file, &error))?;
        let written = importer.apply(chunk).await.map_err(|error| match error {
            Error::Stale => {
                Failure::new(Exit::Refused, "another import of this input is under way")
            }
            other => other.into(),
        })?;
        match &mut results {
            Some(results) => results.write(&written)?,
            None => shown = show(&written, shown, meter),
        }
        let progress = importer.progress();
        meter.at(progress.bytes, progress.total());
    }
    Ok(())
}

/// Names the first refused rows.
fn show(written: &[RowResult], mut shown: usize, meter: &Meter) -> usize {
    for result in written {
        if let RowOutcome::Refused(problems) = &result.outcome
            && shown < SHOWN
        {
            for problem in problems {
                let what = match problem.path.as_str() {
                    "" => "the row",
                    path => path,
                };
                meter.line(&format!("line {}: {what} {}", result.line, problem.message));
            }
            shown += 1;
        }
    }
    shown
}

async fn open_results(
    installation: &Installation,
    caller: &Caller,
    arguments: &Arguments,
    importer: &Importer,
) -> Result<Option<ImportResults>, Failure> {
    let Some(path) = &arguments.results else { return Ok(None) };
    if !importer.is_resumed() {
        return ImportResults::create(path).map(Some);
    }
    let done = importer.position().lines;
    let mut results = ImportResults::reopen(path)?;
    let directory = &installation.directory;
    // What was committed, and not told any more.
    while results.last_line() < done {
        let after = results.last_line();
        let errors = directory.job_errors(caller, importer.job().id, after, 1_000).await?;
        results.fill(&errors, done)?;
    }
    Ok(Some(results))
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Unavailable, format!("{}: {error}", file.display()))
}

/// An input whose beginning has been read.
struct Opened {
    input: Input,
    file: Option<File>,
}

impl Opened {
    fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| unreadable(path, &error);
        let mut head = Vec::new();
        if path.as_os_str() == "-" {
            io::stdin().lock().take(HEAD).read_to_end(&mut head).map_err(failed)?;
            return Ok(Self { input: Input { head, bytes: None }, file: None });
        }
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Failure::new(
                Exit::Unavailable,
                format!("{} is a directory", path.display()),
            ));
        }
        file.by_ref().take(HEAD).read_to_end(&mut head).map_err(failed)?;
        let bytes = metadata.is_file().then_some(metadata.len());
        Ok(Self { input: Input { head, bytes }, file: Some(file) })
    }

    /// The input from a position on.
    fn seek(&mut self, at: Position) -> io::Result<Box<dyn BufRead + Send>> {
        let head = Cursor::new(self.input.head.clone());
        let mut reader: Box<dyn BufRead + Send> = match self.file.take() {
            Some(mut file) if self.input.bytes.is_some() => {
                file.seek(SeekFrom::Start(at.bytes))?;
                return Ok(Box::new(BufReader::with_capacity(BUFFER, file)));
            }
            Some(pipe) => Box::new(head.chain(BufReader::with_capacity(BUFFER, pipe))),
            None => Box::new(head.chain(BufReader::with_capacity(BUFFER, io::stdin()))),
        };
        io::copy(&mut reader.by_ref().take(at.bytes), &mut io::sink())?;
        Ok(reader)
    }
}

/// Reads chunks on a thread of its own, a few ahead of what is written.
fn read_ahead(
    reader: Box<dyn BufRead + Send>,
    at: Position,
    rules: std::sync::Arc<RowRules>,
) -> Result<mpsc::Receiver<io::Result<Chunk>>, Failure> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let read = move || {
        let mut lines = Lines::new(reader, at);
        while let Some(raw) = lines.chunk().transpose() {
            let ended = raw.is_err();
            // Nobody takes it once the import has failed.
            if sender.blocking_send(raw.map(|raw| rules.read(raw))).is_err() || ended {
                break;
            }
        }
    };
    let thread = std::thread::Builder::new().name("import".to_owned());
    thread.spawn(read).map_err(|error| Failure::new(Exit::Failed, error))?;
    Ok(receiver)
}
