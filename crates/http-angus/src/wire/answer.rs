//! Answers: the envelope, its headers, and what every number and null in it becomes.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use citizenry_authz::Caller;
use citizenry_http_kit::{Asked, RequestContext};
use citizenry_identity::{Error, TimeZone, Timestamp};
use serde::Serialize;

use super::{
    error::{Fault, Own},
    language::{Language, Words},
    times, vendors_form,
};

/// What a handler gives.
pub(crate) type Answer = Result<HttpResponse, Fault>;

const E_KEY: HeaderName = HeaderName::from_static("xc-e-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("xc-request-id");
const TENANT: HeaderName = HeaderName::from_static("xc-auth-tenant-id");

const SUCCESS: Words = Words::new("成功", "Success");

/// How the answer to a request is written: language, clock, time zone, headers.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    language: Language,
    now: Option<Timestamp>,
    zone: TimeZone,
    request_id: Option<String>,
    tenant: Option<String>,
}

/// The one body of every answer but the bare ones: all five members, always.
struct Envelope<'e, D> {
    code: &'e str,
    msg: &'e str,
    data: D,
    datetime: String,
    /// What a refusal says beside its words.
    error_key: Option<&'static str>,
}

/// What stands beside the data of a refusal.
#[derive(Debug, Serialize)]
struct Extension {
    #[serde(rename = "eKey", skip_serializing_if = "Option::is_none")]
    error_key: Option<&'static str>,
}

impl<D: Serialize> Envelope<'_, D> {
    /// The body. Only the data are in the vendor's own form.
    fn body(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(b"{\"code\":");
        serde_json::to_writer(&mut out, self.code)?;
        out.extend_from_slice(b",\"msg\":");
        serde_json::to_writer(&mut out, self.msg)?;
        out.extend_from_slice(b",\"data\":");
        vendors_form::write(&mut out, &self.data)?;
        out.extend_from_slice(b",\"datetime\":");
        serde_json::to_writer(&mut out, &self.datetime)?;
        out.extend_from_slice(b",\"ext\":");
        serde_json::to_writer(&mut out, &Extension { error_key: self.error_key })?;
        out.push(b'}');
        Ok(out)
    }
}

impl Voice {
    /// The voice that answers `request`; the tenant's, once the caller is known.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self::new(RequestContext::of(request).as_ref(), Some(request))
    }

    /// The voice that refuses what was asked.
    pub(crate) fn of_asked(asked: &Asked<'_>) -> Self {
        Self::new(Some(asked.context), asked.request)
    }

    /// A voice that knows nothing of the request.
    pub(crate) fn unknown() -> Self {
        Self::new(None, None)
    }

    fn new(context: Option<&RequestContext>, request: Option<&HttpRequest>) -> Self {
        let caller = request.and_then(|request| request.extensions().get::<Caller>().cloned());
        let tenant = caller.as_ref().map(Caller::tenant_context);
        Self {
            language: request.map(Language::of).unwrap_or_default(),
            now: context.map(|context| context.moment().now()),
            zone: tenant.map_or_else(TimeZone::utc, |tenant| tenant.time_zone.clone()),
            request_id: context.map(|context| context.request_id().to_string()),
            tenant: tenant.map(|tenant| tenant.number.to_string()),
        }
    }

    /// `at` as this tenant's clock shows it.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        times::show(at, &self.zone)
    }

    /// The language of what is sent to the caller (BCP 47).
    pub(crate) fn locale(&self) -> &'static str {
        self.language.tag()
    }

    /// The time zone of times that carry none.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// When the request came.
    pub(crate) fn now(&self) -> Result<Timestamp, Error> {
        self.now.ok_or_else(|| Error::internal("no Boundary wraps the application"))
    }

    /// An answer with `status` and `data` in its envelope.
    fn success(&self, status: StatusCode, data: impl Serialize) -> Answer {
        Ok(self.enveloped(status, "S", &SUCCESS, data, None)?)
    }

    /// What `own` says.
    pub(crate) fn failure(&self, own: &Own) -> HttpResponse {
        let data = own.detail.as_deref();
        let response = self.enveloped(own.status, own.code, &own.words, data, Some(own.key));
        match response {
            Ok(mut response) => {
                response.headers_mut().insert(E_KEY, HeaderValue::from_static(own.key));
                response
            }
            // Texts can always be written.
            Err(_) => self.start(own.status).finish(),
        }
    }

    /// `body` without an envelope, as the vendor answers a few routes.
    pub(crate) fn bare(&self, status: StatusCode, body: impl Serialize) -> HttpResponse {
        self.start(status).json(body)
    }

    fn enveloped(
        &self,
        status: StatusCode,
        code: &str,
        words: &Words,
        data: impl Serialize,
        error_key: Option<&'static str>,
    ) -> Result<HttpResponse, Error> {
        let datetime = self.now.map(|now| self.time(now)).unwrap_or_default();
        let msg = words.in_language(self.language);
        let envelope = Envelope { code, msg, data, datetime, error_key };
        let body = envelope.body().map_err(Error::internal)?;
        Ok(self.start(status).content_type(ContentType::json()).body(body))
    }

    fn start(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        for (name, value) in [(REQUEST_ID, &self.request_id), (TENANT, &self.tenant)] {
            if let Some(value) = value {
                response.insert_header((name, value.as_str()));
            }
        }
        response
    }
}

/// How a handler ends.
pub(crate) trait Answers {
    /// The voice that it ends with.
    fn voice(&self) -> &Voice;

    /// 200 with `data`.
    fn shown(&self, data: impl Serialize) -> Answer {
        self.voice().success(StatusCode::OK, data)
    }

    /// 201 with `data`: something was made.
    fn created(&self, data: impl Serialize) -> Answer {
        self.voice().success(StatusCode::CREATED, data)
    }

    /// 200 with an envelope without data: something was done.
    fn done(&self) -> Answer {
        self.voice().success(StatusCode::OK, ())
    }

    /// 201 with an envelope without data: something was made that has nothing to show.
    fn made(&self) -> Answer {
        self.voice().success(StatusCode::CREATED, ())
    }

    /// 204: something was deleted.
    fn deleted(&self) -> Answer {
        Ok(self.voice().start(StatusCode::NO_CONTENT).finish())
    }

    /// 200 with `body` and no envelope.
    fn bare(&self, body: impl Serialize) -> Answer {
        Ok(self.voice().bare(StatusCode::OK, body))
    }
}

/// What was made, as the vendor names it.
#[derive(Debug, Serialize)]
pub(crate) struct IdKey {
    /// Its number.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) key: String,
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::{Value, json};

    use super::*;

    fn body(response: HttpResponse) -> Value {
        let bytes = actix_web::rt::System::new()
            .block_on(actix_web::body::to_bytes(response.into_body()))
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn an_envelope_has_all_five_members_whatever_is_in_it() {
        let request = TestRequest::get().uri("/?lang=en").to_http_request();
        let voice = Voice::of(&request);
        let answer = voice.success(StatusCode::CREATED, ()).unwrap();
        assert_eq!(answer.status(), 201);
        let expected =
            json!({ "code": "S", "msg": "Success", "data": null, "datetime": "", "ext": {} });
        assert_eq!(body(answer), expected);
    }

    #[test]
    fn a_failure_names_its_key_in_the_body_and_in_a_header() {
        let answer = Voice::unknown().failure(&Own::missing("ids"));
        assert_eq!(
            (answer.status().as_u16(), answer.headers().get(E_KEY).unwrap().as_bytes()),
            (400, b"param_missing".as_slice())
        );
        let body = body(answer);
        assert_eq!((&body["code"], &body["ext"]["eKey"]), (&json!("E0"), &json!("param_missing")));
        assert_eq!(body["msg"], "缺少参数：ids");
    }
}
