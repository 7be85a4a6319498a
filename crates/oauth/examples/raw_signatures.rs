//! How many signatures a second as many threads make that do nothing else, over as many bytes as a
//! token has: `cargo run --release -p citizenry-oauth --example raw_signatures -- ALGORITHM THREADS
//! MILLISECONDS` with `EdDSA`, `ES256` or `RS256`.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

/// Header and claims of an access token.
const MESSAGE: [u8; 500] = [b'm'; 500];

/// Why it failed, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A key that signs.
enum Key {
    EdDsa(Box<Ed25519KeyPair>),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl Key {
    fn generate(algorithm: &str) -> Result<Self, Failure> {
        Ok(match algorithm {
            "EdDSA" => Self::EdDsa(Box::new(Ed25519KeyPair::generate()?)),
            "ES256" => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            "RS256" => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048)?),
            other => return Err(format!("`{other}` is none of EdDSA, ES256 and RS256").into()),
        })
    }

    fn sign(&self, random: &SystemRandom) -> Result<usize, Failure> {
        match self {
            Self::EdDsa(key) => Ok(key.sign(black_box(&MESSAGE)).as_ref().len()),
            Self::Es256(key) => Ok(key.sign(random, black_box(&MESSAGE))?.as_ref().len()),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, random, black_box(&MESSAGE), &mut signature)?;
                Ok(signature.len())
            }
        }
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("{name} is missing"));
    let key = Key::generate(&next("algorithm")?)?;
    let (threads, during): (usize, u64) =
        (next("threads")?.parse()?, next("milliseconds")?.parse()?);
    let (random, during, begin) =
        (SystemRandom::new(), Duration::from_millis(during), Instant::now());
    let work = || -> Result<u32, Failure> {
        let mut made = 0;
        while begin.elapsed() < during {
            black_box(key.sign(&random)?);
            made += 1;
        }
        Ok(made)
    };
    let made = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_fold(0, |sum, thread| {
            let made = thread.join().map_err(|_panic| "a signing thread panicked")??;
            Ok::<u32, Failure>(sum + made)
        })
    })?;
    println!("{}", f64::from(made) / begin.elapsed().as_secs_f64());
    Ok(())
}
