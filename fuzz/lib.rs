//! What the fuzz targets share.

use countersign::scheme::Scheme;
use countersign::{Keyring, Secret, Strength, VerifyError};

/// A key that no fuzzer can guess its way around.
pub fn keyring() -> Keyring {
    Keyring::of(secret())
}

/// The secret in [`keyring`].
pub fn secret() -> Secret {
    Secret::from_bytes(b"a secret that is long enough", Strength::Required).unwrap()
}

/// A well-formed signature of this scheme, for requests that are judged by their other headers.
pub fn any_signature(scheme: &Scheme) -> &'static str {
    match scheme.name {
        "peeker" => "v1=0000000000000000000000000000000000000000000000000000000000000000",
        "standard-webhooks" => "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        _ => "0000000000000000000000000000000000000000000000000000000000000000",
    }
}

/// Whether the headers could be read, whatever time they name.
pub fn was_read<T>(outcome: &Result<T, VerifyError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(error) => matches!(error.code(), "timestamp_too_old" | "timestamp_too_new"),
    }
}
