//! What a run finds out, as a table and as JSON.

use serde_json::{Value, json};

use super::wrk::Load;

/// Characters of the reason why something is missing.
const LONGEST_REASON: usize = 140;

/// One line of the table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// On which database; none where no database is part of it.
    pub(super) database: Option<&'static str>,
    /// What was measured.
    pub(super) work: String,
    /// What came of it.
    pub(super) finding: Finding,
}

/// What came of a measurement.
#[derive(Debug, Clone)]
pub(super) enum Finding {
    /// A figure.
    Measured(Box<Measured>),
    /// Nothing, and why.
    Missing(String),
}

/// A figure, what it is compared with in the same run, and what is aimed at.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    /// In what the figure and the other are told: `/s`, ` ms`, ` MiB`.
    pub(super) unit: &'static str,
    /// The figure itself, the median of the rounds.
    pub(super) figure: f64,
    /// What it is compared with.
    pub(super) compared: Option<Compared>,
    /// What is aimed at: of the ratio, or of the figure when nothing is compared.
    pub(super) aim: Aim,
    /// Latencies, processor time and memory, when it was a load.
    pub(super) load: Option<Load>,
    /// What a reader has to know beside it.
    pub(super) note: Option<String>,
}

/// The other side of a ratio.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    /// What it is.
    pub(super) than: String,
    /// Its figure, the median of the rounds.
    pub(super) figure: f64,
    /// The median of the rounds' own ratios.
    pub(super) ratio: f64,
}

/// What a ratio or a figure should be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
    /// It is reported.
    None,
}

impl Aim {
    fn reached(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtLeast(aim) => Some(figure >= aim),
            Self::AtMost(aim) => Some(figure <= aim),
            Self::None => None,
        }
    }
}

impl Row {
    /// The ratio of two series of rounds.
    pub(super) fn ratio(
        work: &str,
        than: &str,
        unit: &'static str,
        rounds: &[(f64, f64)],
        aim: Aim,
    ) -> Self {
        let pick = |each: fn(&(f64, f64)) -> f64| median(rounds.iter().map(each).collect());
        let compared = Compared {
            than: than.to_owned(),
            figure: pick(|(_, other)| *other),
            ratio: pick(|(figure, other)| figure / other),
        };
        Self::measured(work, unit, pick(|(figure, _)| *figure), Some(compared), aim)
    }

    /// A figure by itself.
    pub(super) fn figure(work: &str, unit: &'static str, figure: f64, aim: Aim) -> Self {
        Self::measured(work, unit, figure, None, aim)
    }

    /// What could not be measured.
    pub(super) fn missing(work: &str, why: impl Into<Box<dyn std::error::Error>>) -> Self {
        // A reason is a short line: the rest of a long one stands in the logs.
        let why = why.into().to_string();
        let line = why.lines().next().unwrap_or_default().trim_end_matches('.');
        let mut why: String = line.chars().take(LONGEST_REASON).collect();
        if why.len() < line.len() {
            why.push('…');
        }
        Self { database: None, work: work.to_owned(), finding: Finding::Missing(why) }
    }

    fn measured(
        work: &str,
        unit: &'static str,
        figure: f64,
        compared: Option<Compared>,
        aim: Aim,
    ) -> Self {
        let measured = Measured { unit, figure, compared, aim, load: None, note: None };
        Self {
            database: None,
            work: work.to_owned(),
            finding: Finding::Measured(Box::new(measured)),
        }
    }

    /// With the loads of all rounds, of which the medians are told.
    pub(super) fn with_loads(mut self, loads: &[Load]) -> Self {
        if let Finding::Measured(measured) = &mut self.finding {
            measured.load = Load::median(loads);
        }
        self
    }

    /// With what a reader has to know.
    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        if let Finding::Measured(measured) = &mut self.finding {
            measured.note = Some(note.into());
        }
        self
    }

    /// The figure, if there is one.
    pub(super) fn value(&self) -> Option<f64> {
        match &self.finding {
            Finding::Measured(measured) => Some(measured.figure),
            Finding::Missing(_) => None,
        }
    }

    /// The row for programs.
    pub(super) fn json(&self) -> Value {
        let measured = match &self.finding {
            Finding::Measured(measured) => measured,
            Finding::Missing(why) => {
                return json!({ "database": self.database, "work": self.work, "missing": why });
            }
        };
        let (at_least, at_most) = match measured.aim {
            Aim::AtLeast(aim) => (Some(aim), None),
            Aim::AtMost(aim) => (None, Some(aim)),
            Aim::None => (None, None),
        };
        json!({
            "database": self.database,
            "work": self.work,
            "unit": measured.unit.trim(),
            "figure": measured.figure,
            "than": measured.compared.as_ref().map(|compared| &*compared.than),
            "other": measured.compared.as_ref().map(|compared| compared.figure),
            "ratio": measured.compared.as_ref().map(|compared| compared.ratio),
            "at_least": at_least,
            "at_most": at_most,
            "reached": measured.reached(),
            "load": measured.load.as_ref().map(Load::json),
            "note": measured.note,
        })
    }

    /// The row as the table shows it.
    fn cells(&self) -> Vec<String> {
        let work = match self.database {
            Some(database) => format!("{}, {database}", self.work),
            None => self.work.clone(),
        };
        let mut cells = vec![work];
        match &self.finding {
            Finding::Measured(measured) => cells.extend(measured.cells()),
            Finding::Missing(why) => {
                cells.push("not measured".to_owned());
                cells.push(why.clone());
                cells.extend(std::iter::repeat_n(String::new(), HEADINGS.len() - 3));
            }
        }
        cells
    }
}

/// The headings of [`table`].
const HEADINGS: [&str; 10] =
    ["work", "here", "compared with", "there", "ratio", "aim", "p50 ms", "p99 ms", "CPU µs", "MiB"];

impl Measured {
    /// Whether the aim was reached, if there is one.
    fn reached(&self) -> Option<bool> {
        let compared = self.compared.as_ref();
        self.aim.reached(compared.map_or(self.figure, |compared| compared.ratio))
    }

    fn cells(&self) -> Vec<String> {
        let figure = |figure: f64| format!("{}{}", rounded(figure), self.unit);
        let (than, other, ratio) = match &self.compared {
            Some(Compared { than, figure: other, ratio }) => {
                (than.clone(), figure(*other), rounded(*ratio))
            }
            None => Default::default(),
        };
        let than = match &self.note {
            Some(note) if than.is_empty() => note.clone(),
            Some(note) => format!("{than} ({note})"),
            None => than,
        };
        let aim = match (self.aim, self.reached()) {
            (Aim::AtLeast(aim), Some(true)) => format!("≥ {aim}"),
            (Aim::AtLeast(aim), _) => format!("≥ {aim} (missed)"),
            (Aim::AtMost(aim), Some(true)) => format!("≤ {aim}"),
            (Aim::AtMost(aim), _) => format!("≤ {aim} (missed)"),
            (Aim::None, _) => "–".to_owned(),
        };
        let mut cells = vec![figure(self.figure), than, other, ratio, aim];
        let load = self.load.as_ref();
        let cell = |figure: Option<f64>| figure.map(rounded).unwrap_or_default();
        cells.push(cell(load.map(|load| load.p50)));
        cells.push(cell(load.map(|load| load.p99)));
        cells.push(cell(load.and_then(|load| load.cpu)));
        cells.push(cell(load.and_then(|load| load.memory)));
        cells
    }
}

/// A figure with as many digits as say something.
pub(super) fn rounded(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        0.0 => "0".to_owned(),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.4}"),
    }
}

/// The rows as a Markdown table.
pub(super) fn table(rows: &[Row]) -> String {
    markdown(&HEADINGS, rows.iter().map(Row::cells).collect())
}

/// A Markdown table whose columns are aligned.
pub(super) fn markdown(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut lines = vec![headings.iter().map(|&heading| heading.to_owned()).collect()];
    lines.extend(rows);
    let mut widths = vec![0; headings.len()];
    for cells in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let row = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let mut rows = lines.iter().map(row);
    let heading = rows.next().unwrap_or_default();
    format!("{heading}|{}|\n{}", rule.join("|"), rows.collect::<String>())
}

/// The middle one; of an even number the lower of both.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_ratios() {
        let rounds = [(10.0, 10.0), (30.0, 20.0), (20.0, 40.0)];
        let row = Row::ratio("work", "bare", "/s", &rounds, Aim::AtLeast(0.9));
        assert_eq!(row.json().get("figure"), Some(&Value::from(20.0)));
        assert_eq!(row.json().get("ratio"), Some(&Value::from(1.0)));
        assert_eq!(row.json().get("reached"), Some(&Value::from(true)));
        let missed = Row::ratio("work", "bare", "/s", &rounds, Aim::AtMost(0.5));
        let missing = Row::missing("more work", "there is no such program\nand more");
        let table = table(&[row, missed, missing]);
        assert_eq!(table.lines().count(), 5);
        assert!(table.contains("| ≥ 0.9 "), "{table}");
        assert!(table.contains("| ≤ 0.5 (missed) |"), "{table}");
        assert!(table.contains("| not measured | there is no such program |"), "{table}");
        assert!(!table.contains("and more"), "{table}");
    }

    #[test]
    fn a_figure_without_comparison_is_measured_against_its_own_aim() {
        let row = Row::figure("start", " ms", 58.0, Aim::AtMost(60.0));
        assert_eq!(row.json().get("reached"), Some(&Value::from(true)));
        assert_eq!(row.json().get("ratio"), Some(&Value::Null));
    }
}
