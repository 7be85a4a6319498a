//! Writes every hosted page and mail with invented data into a folder, so that anybody can look:
//! `cargo run -p citizenry-http-oidc --example pages -- target/pages`.

use std::{env, error::Error, fs, path::PathBuf};

use citizenry_http_oidc::pages::Locale;

mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("say into which folder")?);
    fs::create_dir_all(&folder)?;
    for locale in Locale::ALL {
        for branding in samples::brandings() {
            let tenant = branding.display_name.to_lowercase().replace(' ', "-");
            for (name, page) in samples::pages(locale, &branding) {
                let stem = format!("{tenant}.{name}.{}", locale.tag());
                fs::write(folder.join(format!("{stem}.html")), page.html)?;
                let mut headers = String::new();
                for (name, value) in &page.headers {
                    headers.extend([name.as_str(), ": ", value.to_str()?, "\n"]);
                }
                fs::write(folder.join(format!("{stem}.headers")), headers)?;
            }
            for (name, mail) in samples::mails(locale, &branding) {
                let stem = format!("{tenant}.mail-{name}.{}", locale.tag());
                fs::write(folder.join(format!("{stem}.html")), mail.html)?;
                let text = format!("Subject: {}\n\n{}", mail.subject, mail.text);
                fs::write(folder.join(format!("{stem}.txt")), text)?;
            }
        }
    }
    Ok(())
}
