//! Crowds: whether a request notices how many tenants, roles, clients and groups there are.

use super::Bench;
use super::database::{Database, Kind};
use super::report::{Aim, Row};
use super::rounds::{Measure, compare_latency};
use super::scripts::Requests;
use super::users::{creation, grouped, numbers};
use super::world::{USERS, World, audience};
use crate::{Outcome, process};

/// People in each installation.
const PEOPLE: u64 = 1_000;
/// Roles, clients and groups of an ordinary tenant.
const FEW: u64 = 10;

/// The same requests to an installation with few and to one with many.
pub(super) fn measure(bench: &Bench, kind: Kind) -> Outcome<Vec<Row>> {
    let mut few = World::make(bench.installation(kind, "few")?)?;
    tenants(&few.installation.database, FEW)?;
    structure(&few, FEW)?;
    few.fill(PEOPLE)?;

    let (count, names) = (bench.extent.tenants, "tenants");
    process::progress(&format!("making {} {names}", grouped(count)));
    let mut many = World::make(bench.installation(kind, "tenants")?)?;
    tenants(&many.installation.database, count)?;
    many.fill(PEOPLE)?;
    let mut rows = compare(bench, &few, &many, count, names);
    drop(many);

    let (count, names) = (bench.extent.structure, "roles, clients and groups");
    process::progress(&format!("making {} {names}", grouped(count)));
    let mut many = World::make(bench.installation(kind, "structure")?)?;
    structure(&many, count)?;
    many.fill(PEOPLE)?;
    rows.extend(compare(bench, &few, &many, count, names));
    Ok(rows)
}

/// p99 of reading, making and tokens there, beside the same here.
fn compare(bench: &Bench, few: &World, many: &World, count: u64, names: &str) -> Vec<Row> {
    type Kind = (&'static str, for<'w> fn(&'w Bench, &'w World) -> Measure<'w>);
    let kinds: [Kind; 3] = [
        ("get", |bench, world| {
            let requests = Requests::Each { token: world.token.clone(), lines: world.users_file() };
            Box::new(move || bench.load(&world.server, &format!("{USERS}/"), &requests))
        }),
        ("create", |bench, world| {
            Box::new(move || bench.load(&world.server, USERS, &creation(world, "crowd", numbers())))
        }),
        ("token", |bench, world| {
            let audience = audience("ES256");
            let asked = [("grant_type", "client_credentials"), ("audience", &*audience)];
            let requests = Requests::Form(world.form(&asked));
            Box::new(move || bench.load(&world.server, "/oauth/token", &requests))
        }),
    ];
    let row = |(work, load): Kind| {
        compare_latency(
            &format!("p99 of {work} with {} {names}", grouped(count)),
            &format!("with {FEW}"),
            bench.extent.rounds,
            Aim::AtMost(1.1),
            |load| load.p99,
            (load(bench, many), load(bench, few)),
        )
    };
    kinds.into_iter().map(row).collect()
}

/// Tenants like the one there is, each with its connection, its signing keys and an application.
fn tenants(database: &Database, count: u64) -> Outcome {
    let copy = |table, from: &str, overrides: &[(&str, String)]| {
        database.sql(&insertion(database, table, from, overrides)?)
    };
    let name = ("name", "template.name || '-' || n".to_owned());
    let number = ("number", "1000000000 + n".to_owned());
    let first = "(SELECT * FROM tenants ORDER BY created_at LIMIT 1) AS template";
    let series = series(database, count);
    copy("tenants", &format!("{first}, {series}"), &[id(database), number, name.clone()])?;
    for (table, more) in [
        ("connections", vec![]),
        ("signing_keys", vec![]),
        ("clients", vec![("identifier", "template.identifier || '-of-' || n".to_owned())]),
    ] {
        // The tenants have numbers of their own, from which each gets the rest.
        let from = format!(
            "(SELECT * FROM {table} ORDER BY created_at LIMIT 1) AS template, \
             (SELECT id AS tenant, number - 1000000000 AS n FROM tenants WHERE number > 1000000000) \
             AS others"
        );
        let mut overrides = vec![id(database), ("tenant_id", "others.tenant".to_owned())];
        overrides.extend(more);
        copy(table, &from, &overrides)?;
    }
    database.settle()
}

/// Roles, clients and groups in the tenant there is, like ones that are made by the API.
fn structure(world: &World, count: u64) -> Outcome {
    let database = &world.installation.database;
    let series = series(database, count);
    let copy = |table: &str, overrides: &[(&str, String)]| {
        let from =
            format!("(SELECT * FROM {table} ORDER BY created_at LIMIT 1) AS template, {series}");
        database.sql(&insertion(database, table, &from, overrides)?)
    };
    let named = |column: &'static str| (column, format!("template.{column} || '-' || n"));
    let no = match database.kind() {
        Kind::Sqlite => "0",
        Kind::Postgres => "false",
    };
    let administrator = ("is_administrator", no.to_owned());
    copy("roles", &[id(database), named("name"), named("name_key"), administrator])?;
    copy("clients", &[id(database), named("name"), named("identifier")])?;
    database.sql(&group(database, &series))?;
    database.settle()
}

/// Groups are made from nothing: a new installation has none.
fn group(database: &Database, series: &str) -> String {
    let (_, id) = id(database);
    let (now, yes) = match database.kind() {
        Kind::Sqlite => ("template.created_at", "1"),
        Kind::Postgres => ("template.created_at", "true"),
    };
    format!(
        "INSERT INTO groups (tenant_id, id, number, code, name, name_key, enabled, member_count, \
         version, created_at, updated_at) SELECT template.id, {id}, 2000000000 + n, 'group-' || n, \
         'Group ' || n, 'group ' || n, {yes}, 0, 1, {now}, {now} FROM \
         (SELECT * FROM tenants ORDER BY created_at LIMIT 1) AS template, {series}"
    )
}

/// A new identifier.
fn id(database: &Database) -> (&'static str, String) {
    let made = match database.kind() {
        Kind::Sqlite => "randomblob(16)",
        Kind::Postgres => "gen_random_uuid()",
    };
    ("id", made.to_owned())
}

/// The numbers from one on, as a column `n`.
fn series(database: &Database, count: u64) -> String {
    match database.kind() {
        Kind::Sqlite => format!(
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) \
             SELECT n FROM s) AS series"
        ),
        Kind::Postgres => format!("generate_series(1, {count}) AS series(n)"),
    }
}

/// A statement that copies rows: all columns of `template` but for the ones named.
fn insertion(
    database: &Database,
    table: &str,
    from: &str,
    overrides: &[(&str, String)],
) -> Outcome<String> {
    let names = match database.kind() {
        Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        Kind::Postgres => format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position"
        ),
    };
    let names = database.sql(&names)?;
    let names: Vec<&str> = names.lines().collect();
    let values: Vec<String> = names
        .iter()
        .map(|name| {
            let other = overrides.iter().find(|(column, _)| column == name);
            other.map_or_else(|| format!("template.{name}"), |(_, value)| value.clone())
        })
        .collect();
    Ok(format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {from}",
        names.join(", "),
        values.join(", ")
    ))
}
