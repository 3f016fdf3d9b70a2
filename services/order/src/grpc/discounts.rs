use chassis::auth::caller;
use contracts::convert::timestamp;
use contracts::order::v1;
use contracts::order::v1::discount_service_server::DiscountService;
use contracts::order::v1::{
    CreateDiscountRequest, CreateDiscountResponse, EndDiscountRequest, EndDiscountResponse,
    GetDiscountRequest, GetDiscountResponse, ListDiscountsRequest, ListDiscountsResponse,
    UpdateDiscountRequest, UpdateDiscountResponse,
};
use kernel::{MoneyError, Violations};
use operations::Reason;
use tonic::{Request, Response, Status};

use super::convert::{money, time};
use super::{Answer, Discounts};
use crate::app::Operator;
use crate::domain::{Discount, Error, TermsDraft, normalize_code};
use crate::failure::Failure;

#[tonic::async_trait]
impl DiscountService for Discounts {
    async fn list_discounts(
        &self,
        request: Request<ListDiscountsRequest>,
    ) -> Answer<ListDiscountsResponse> {
        let ListDiscountsRequest {
            page_size,
            page_token,
        } = request.into_inner();
        let (discounts, next) = self.0.discounts(page_size, &page_token).await?;
        Ok(Response::new(ListDiscountsResponse {
            discounts: discounts.into_iter().map(discount).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_discount(
        &self,
        request: Request<GetDiscountRequest>,
    ) -> Answer<GetDiscountResponse> {
        let code = code(&request.get_ref().code)?;
        let discount = Some(discount(self.0.discount(&code).await?));
        Ok(Response::new(GetDiscountResponse { discount }))
    }

    async fn create_discount(
        &self,
        request: Request<CreateDiscountRequest>,
    ) -> Answer<CreateDiscountResponse> {
        let operator = operator(&request, &request.get_ref().reason)?;
        let CreateDiscountRequest { code, terms, .. } = request.into_inner();
        let created = self.0.create_discount(&code, draft(terms)?, operator);
        let discount = Some(discount(created.await?));
        Ok(Response::new(CreateDiscountResponse { discount }))
    }

    async fn update_discount(
        &self,
        request: Request<UpdateDiscountRequest>,
    ) -> Answer<UpdateDiscountResponse> {
        let operator = operator(&request, &request.get_ref().reason)?;
        let request = request.into_inner();
        let code = code(&request.code)?;
        let terms = draft(request.terms)?;
        let changed = self
            .0
            .change_discount(&code, terms, request.version, operator);
        let discount = Some(discount(changed.await?));
        Ok(Response::new(UpdateDiscountResponse { discount }))
    }

    async fn end_discount(
        &self,
        request: Request<EndDiscountRequest>,
    ) -> Answer<EndDiscountResponse> {
        let operator = operator(&request, &request.get_ref().reason)?;
        let code = code(&request.get_ref().code)?;
        let discount = Some(discount(self.0.end_discount(&code, operator).await?));
        Ok(Response::new(EndDiscountResponse { discount }))
    }
}

fn operator<T>(request: &Request<T>, reason: &str) -> Result<Operator, Status> {
    let id = caller(request)?.user_id;
    let reason = Reason::parse(reason).map_err(Failure::from)?;
    Ok(Operator { id, reason })
}

/// The code of a request, as it is stored.
fn code(text: &str) -> Result<String, Failure> {
    let code = normalize_code(text)?;
    Ok(code.ok_or(Error::DiscountNotFound)?)
}

fn draft(terms: Option<v1::DiscountTerms>) -> Result<TermsDraft<MoneyError>, Failure> {
    let terms = terms.ok_or_else(|| Violations::one("terms", "is required"))?;
    let mut violations = Violations::new();
    let valid_from = time(&mut violations, "valid_from", terms.valid_from);
    let valid_until = time(&mut violations, "valid_until", terms.valid_until);
    Ok(violations.or(TermsDraft {
        basis_points: terms.basis_points,
        minimum: money(terms.minimum),
        valid_from,
        valid_until,
        max_uses: terms.max_uses,
        max_uses_per_customer: terms.max_uses_per_customer,
    })?)
}

fn discount(discount: Discount) -> v1::Discount {
    let terms = discount.terms;
    v1::Discount {
        code: discount.code,
        terms: Some(v1::DiscountTerms {
            basis_points: terms.share.0,
            minimum: terms.minimum.map(Into::into),
            valid_from: Some(timestamp(terms.valid_from)),
            valid_until: terms.valid_until.map(timestamp),
            max_uses: terms.max_uses,
            max_uses_per_customer: terms.max_uses_per_customer,
        }),
        uses: discount.uses,
        ended_at: discount.ended_at.map(timestamp),
        version: discount.version,
    }
}
