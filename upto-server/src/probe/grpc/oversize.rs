//! Messages over their limit. `tonic` answers them with OUT_OF_RANGE, which is what a cursor from the future gets; other
//! libraries of gRPC, and their clients, know them by RESOURCE_EXHAUSTED.

use axum::response::Response;
use tonic::{Code, Status};

/// How `tonic` begins to say it.
const TONICS: &str = "Error, decoded message length too large: ";

/// An answer, with the status that the others have.
pub(super) async fn told(response: Response) -> Response {
    let status = Status::from_header_map(response.headers());
    match status.as_ref().and_then(oversize) {
        Some(sizes) => Status::resource_exhausted(format!("the message is too large: {sizes}")).into_http(),
        None => response,
    }
}

/// How large it is and may be, if it is that.
fn oversize(status: &Status) -> Option<&str> {
    (status.code() == Code::OutOfRange).then(|| status.message().strip_prefix(TONICS)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told_of(status: Status) -> (Code, String) {
        let told = told(status.into_http()).await;
        let status = Status::from_header_map(told.headers()).expect("a status");
        (status.code(), status.message().to_owned())
    }

    #[tokio::test]
    async fn only_what_is_too_large_has_another_status() {
        let large = told_of(Status::out_of_range(format!("{TONICS}found 9 bytes"))).await;
        assert_eq!(large, (Code::ResourceExhausted, "the message is too large: found 9 bytes".to_owned()));
        let future = told_of(Status::out_of_range("the cursor is from the future")).await;
        assert_eq!(future, (Code::OutOfRange, "the cursor is from the future".to_owned()));
        assert!(Status::from_header_map(told(Response::default()).await.headers()).is_none());
    }
}
