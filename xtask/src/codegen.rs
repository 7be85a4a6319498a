//! `cargo xtask codegen`: files, or parts of files, that programs of ours write.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, process, workspace};

/// One generated text and the program that prints it on standard output.
struct Generated {
    /// Where it goes, from the root of the checkout.
    file: &'static str,
    /// The name between the markers `<!-- generated: NAME -->` and `<!-- /generated -->`; without
    /// one the text is the whole file.
    part: Option<&'static str>,
    /// A binary of the workspace (`citizenry`) or an example (`examples/coverage`).
    program: &'static str,
    arguments: &'static [&'static str],
}

/// Everything that is generated; a new one is a new entry.
const GENERATED: [Generated; 6] = [
    Generated {
        file: "docs/configuration.md",
        part: None,
        program: "citizenry",
        arguments: &["config", "reference"],
    },
    Generated {
        file: "docs/dialects/authok.md",
        part: Some("coverage"),
        program: "examples/coverage",
        arguments: &[],
    },
    Generated {
        file: "docs/dialects/audience-manager.md",
        part: Some("coverage"),
        program: "examples/audience_manager_coverage",
        arguments: &[],
    },
    Generated {
        file: "docs/dialects/angus-gm.md",
        part: Some("coverage"),
        program: "examples/angus_coverage",
        arguments: &[],
    },
    Generated {
        file: "docs/dialects/parity.md",
        part: None,
        program: "examples/parity",
        arguments: &[],
    },
    Generated {
        file: "docs/dialects/authok.openapi.json",
        part: None,
        program: "examples/openapi",
        arguments: &[],
    },
];

/// Writes what is out of date, or with `--check` names it.
pub(crate) fn command(rest: &[String]) -> Outcome {
    let check = match rest {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("codegen takes nothing but --check".into()),
    };
    let programs = workspace::build_programs()?;
    let mut stale = Vec::new();
    for generated in &GENERATED {
        let path = workspace::root().join(generated.file);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let text = output(&programs, generated)?;
        let new = match generated.part {
            None => text,
            Some(part) => replace_part(&old, part, &text)
                .ok_or_else(|| format!("{} has no part `{part}`", generated.file))?,
        };
        if new == old {
            continue;
        }
        stale.push(generated.file);
        if !check {
            process::progress(&format!("writing {}", generated.file));
            std::fs::write(&path, new)?;
        }
    }
    if check && !stale.is_empty() {
        return Err(format!("out of date, run cargo xtask codegen: {}", stale.join(", ")).into());
    }
    Ok(())
}

fn output(programs: &Path, generated: &Generated) -> Outcome<String> {
    let program = programs.join(generated.program);
    if !program.is_file() {
        return Err(format!(
            "{} is made by {}, which was not built",
            generated.file,
            program.display()
        )
        .into());
    }
    let text = process::read(
        Command::new(program).current_dir(workspace::root()).args(generated.arguments),
    )?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The file with the part between its markers replaced; `None` without markers.
pub(crate) fn replace_part(file: &str, part: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- generated: {part} -->\n");
    let (before, rest) = file.split_once(&begin)?;
    let (_, after) = rest.split_once("<!-- /generated -->")?;
    Some(format!("{before}{begin}{text}<!-- /generated -->{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_between_its_markers_only() {
        let file = "a\n<!-- generated: x -->\nold\n<!-- /generated -->\nb\n";
        let new = replace_part(file, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- generated: x -->\nnew\n<!-- /generated -->\nb\n");
        assert_eq!(replace_part(file, "y", "new\n"), None);
    }
}
