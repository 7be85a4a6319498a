//! How far the name of a customer has been proved.

use citizenry_identity::Number;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{body::required, error::Own, ids};

/// A state of the proof.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RealNameStatus {
    NotSubmitted,
    Auditing,
    Audited,
    FailedAudit,
}

/// How far the name of a tenant's customer has been proved.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RealName {
    #[validate(required)]
    tenant_id: Option<i64>,
    #[validate(required)]
    real_name_status: Option<RealNameStatus>,
}

impl RealName {
    /// Which tenant, and the state as it is kept.
    pub(crate) fn read(&self) -> Result<(Number, &'static str), Own> {
        let status = match required("realNameStatus", self.real_name_status)? {
            RealNameStatus::NotSubmitted => "NOT_SUBMITTED",
            RealNameStatus::Auditing => "AUDITING",
            RealNameStatus::Audited => "AUDITED",
            RealNameStatus::FailedAudit => "FAILED_AUDIT",
        };
        Ok((ids::number(required("tenantId", self.tenant_id)?), status))
    }
}
