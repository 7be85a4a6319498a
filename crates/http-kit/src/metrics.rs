//! Counts and durations of requests for Prometheus.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::Method, http::StatusCode, web};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What tells one series from another. Every label has few values: routes are patterns, methods and
/// statuses are classes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    door: &'static str,
    route: String,
    method: &'static str,
    status: &'static str,
}

/// The metrics of HTTP: `http_request_duration_seconds` (a histogram, so it counts too) by door,
/// route, method and class of status, and `http_requests_in_flight`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

impl Metrics {
    /// Makes the metrics and registers them with `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let make: fn() -> Histogram = || Histogram::new(BUCKETS);
        let durations = Family::new_with_constructor(make);
        let in_flight = Gauge::default();
        registry.register_with_unit(
            "http_request_duration",
            "Time from the request's head to the answer's head",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests that are being served",
            in_flight.clone(),
        );
        Self { durations, in_flight }
    }

    /// Counts a request as being served until the guard is dropped, whatever ends it.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a served request. A request without a route is counted under `unmatched`.
    pub(crate) fn observe(
        &self,
        door: &'static str,
        route: Option<&str>,
        method: &Method,
        status: StatusCode,
        duration: Duration,
    ) {
        let labels = Labels {
            door,
            route: route.unwrap_or("unmatched").to_owned(),
            method: method_label(method),
            status: status_class(status),
        };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }
}

/// A request that is being served.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// `method` if it is a usual one: callers can make up any other.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// Adds `GET /metrics`, which writes what `registry` holds in the `OpenMetrics` text format. Meant for
/// a listener that the public does not reach.
pub fn configure(config: &mut web::ServiceConfig, registry: Arc<Registry>) {
    config.app_data(web::Data::from(registry)).route("/metrics", web::get().to(show));
}

async fn show(registry: web::Data<Registry>) -> HttpResponse {
    let mut text = String::new();
    if encode(&mut text, &registry).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        text
    }

    #[test]
    fn requests_are_counted_by_their_labels() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let took = Duration::from_millis(4);
        for _ in 0..2 {
            metrics.observe("authok", Some("/users/{id}"), &Method::GET, StatusCode::OK, took);
        }
        let odd = Method::from_bytes(b"BREW").unwrap();
        metrics.observe("authok", None, &odd, StatusCode::NOT_FOUND, took);
        let text = text(&registry);
        let line = "http_request_duration_seconds_count{door=\"authok\",route=\"/users/{id}\",\
                    method=\"GET\",status=\"2xx\"} 2";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("route=\"unmatched\",method=\"other\",status=\"4xx\"} 1"), "{text}");
    }

    #[test]
    fn the_gauge_falls_when_the_guard_is_dropped() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let guard = metrics.begin();
        assert!(text(&registry).contains("http_requests_in_flight 1"));
        drop(guard);
        assert!(text(&registry).contains("http_requests_in_flight 0"));
    }
}
