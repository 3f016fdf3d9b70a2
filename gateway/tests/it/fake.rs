//! Fakes of all four services in one gRPC server. A test defines the responses.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use contracts::{
    catalog::v1::{catalog_service_server::*, *},
    operations::v1::{
        audit_service_server::*, dead_letter_service_server::*, fault_service_server::*,
        system_service_server::*, *,
    },
    order::v1::{
        cart_service_server::*, discount_service_server::*, order_service_server::*,
        return_service_server::*, saga_service_server::*, *,
    },
    payment::v1::{payment_service_server::*, reconciliation_service_server::*, *},
    user::v1::{
        account_service_server::*, customer_service_server::*, staff_service_server::*,
        user_service_server::*, *,
    },
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, metadata::MetadataMap, transport::Server};

type Handler =
    Arc<dyn Fn(Box<dyn Any + Send>) -> Result<Box<dyn Any + Send>, Status> + Send + Sync>;

/// The fake services. Clones share their handlers.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    handlers: Arc<Mutex<HashMap<TypeId, Handler>>>,
    calls: Arc<Mutex<Vec<(TypeId, MetadataMap)>>>,
    delay: Arc<Mutex<Duration>>,
}

impl Fake {
    /// Sets the response to requests of type `Q`.
    pub(crate) fn on<Q: Send + 'static, R: Send + 'static>(
        &self,
        answer: impl Fn(Q) -> Result<R, Status> + Send + Sync + 'static,
    ) {
        let handler: Handler = Arc::new(move |request| {
            let request = request
                .downcast()
                .expect("the handler of this request type");
            let reply: Box<dyn Any + Send> = Box::new(answer(*request)?);
            Ok(reply)
        });
        self.handlers
            .lock()
            .unwrap()
            .insert(TypeId::of::<Q>(), handler);
    }

    /// Delays every response.
    pub(crate) fn delay(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    /// The metadata of each request of type `Q` so far.
    pub(crate) fn calls<Q: 'static>(&self) -> Vec<MetadataMap> {
        let calls = self.calls.lock().unwrap();
        let of_type = calls.iter().filter(|(id, _)| *id == TypeId::of::<Q>());
        of_type.map(|(_, metadata)| metadata.clone()).collect()
    }

    async fn answer<Q: Send + 'static, R: 'static>(
        &self,
        request: Request<Q>,
    ) -> Result<Response<R>, Status> {
        let id = TypeId::of::<Q>();
        self.calls
            .lock()
            .unwrap()
            .push((id, request.metadata().clone()));
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let handler = self.handlers.lock().unwrap().get(&id).cloned();
        let handler = handler.ok_or_else(|| Status::unimplemented("no handler in this test"))?;
        let reply = handler(Box::new(request.into_inner()))?;
        Ok(Response::new(
            *reply.downcast().expect("the response type of the request"),
        ))
    }

    /// Serves on a free loopback port.
    pub(crate) async fn serve(&self) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(UserServiceServer::new(self.clone()))
            .add_service(StaffServiceServer::new(self.clone()))
            .add_service(AccountServiceServer::new(self.clone()))
            .add_service(CustomerServiceServer::new(self.clone()))
            .add_service(CatalogServiceServer::new(self.clone()))
            .add_service(CartServiceServer::new(self.clone()))
            .add_service(DiscountServiceServer::new(self.clone()))
            .add_service(OrderServiceServer::new(self.clone()))
            .add_service(PaymentServiceServer::new(self.clone()))
            .add_service(ReturnServiceServer::new(self.clone()))
            .add_service(SagaServiceServer::new(self.clone()))
            .add_service(ReconciliationServiceServer::new(self.clone()))
            .add_service(DeadLetterServiceServer::new(self.clone()))
            .add_service(AuditServiceServer::new(self.clone()))
            .add_service(SystemServiceServer::new(self.clone()))
            .add_service(FaultServiceServer::new(self.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        (address, tokio::spawn(async { server.await.unwrap() }))
    }
}

macro_rules! fake {
    ($service:ident { $($rpc:ident: $request:ident -> $response:ident),* $(,)? }) => {
        #[tonic::async_trait]
        impl $service for Fake {
            $(async fn $rpc(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                self.answer(request).await
            })*
        }
    };
}

fake!(UserService {
    register: RegisterRequest -> RegisterResponse,
    verify_email: VerifyEmailRequest -> VerifyEmailResponse,
    sign_in: SignInRequest -> SignInResponse,
    refresh_session: RefreshSessionRequest -> RefreshSessionResponse,
    sign_out: SignOutRequest -> SignOutResponse,
    get_me: GetMeRequest -> GetMeResponse,
    find_account: FindAccountRequest -> FindAccountResponse,
    list_addresses: ListAddressesRequest -> ListAddressesResponse,
    create_address: CreateAddressRequest -> CreateAddressResponse,
    update_address: UpdateAddressRequest -> UpdateAddressResponse,
    delete_address: DeleteAddressRequest -> DeleteAddressResponse,
    get_jwks: GetJwksRequest -> GetJwksResponse,
    rotate_signing_key: RotateSigningKeyRequest -> RotateSigningKeyResponse,
    revoke_signing_key: RevokeSigningKeyRequest -> RevokeSigningKeyResponse,
});
fake!(CustomerService {
    list_customers: ListCustomersRequest -> ListCustomersResponse,
    get_customer: GetCustomerRequest -> GetCustomerResponse,
});
fake!(StaffService {
    begin_second_factor: BeginSecondFactorRequest -> BeginSecondFactorResponse,
    confirm_second_factor: ConfirmSecondFactorRequest -> ConfirmSecondFactorResponse,
    step_up: StepUpRequest -> StepUpResponse,
    list_staff: ListStaffRequest -> ListStaffResponse,
    invite_staff: InviteStaffRequest -> InviteStaffResponse,
    accept_invitation: AcceptInvitationRequest -> AcceptInvitationResponse,
    change_staff_groups: ChangeStaffGroupsRequest -> ChangeStaffGroupsResponse,
    remove_staff: RemoveStaffRequest -> RemoveStaffResponse,
});
fake!(AccountService {
    update_profile: UpdateProfileRequest -> UpdateProfileResponse,
    change_password: ChangePasswordRequest -> ChangePasswordResponse,
    request_password_reset: RequestPasswordResetRequest -> RequestPasswordResetResponse,
    reset_password: ResetPasswordRequest -> ResetPasswordResponse,
    request_email_change: RequestEmailChangeRequest -> RequestEmailChangeResponse,
    confirm_email_change: ConfirmEmailChangeRequest -> ConfirmEmailChangeResponse,
    request_email_verification: RequestEmailVerificationRequest -> RequestEmailVerificationResponse,
    list_sessions: ListSessionsRequest -> ListSessionsResponse,
    end_session: EndSessionRequest -> EndSessionResponse,
    end_other_sessions: EndOtherSessionsRequest -> EndOtherSessionsResponse,
});
fake!(CatalogService {
    list_categories: ListCategoriesRequest -> ListCategoriesResponse,
    create_category: CreateCategoryRequest -> CreateCategoryResponse,
    update_category: UpdateCategoryRequest -> UpdateCategoryResponse,
    delete_category: DeleteCategoryRequest -> DeleteCategoryResponse,
    get_product: GetProductRequest -> GetProductResponse,
    batch_get_offers: BatchGetOffersRequest -> BatchGetOffersResponse,
    search_products: SearchProductsRequest -> SearchProductsResponse,
    list_products: ListProductsRequest -> ListProductsResponse,
    get_product_by_sku: GetProductBySkuRequest -> GetProductBySkuResponse,
    create_product: CreateProductRequest -> CreateProductResponse,
    update_product: UpdateProductRequest -> UpdateProductResponse,
    archive_product: ArchiveProductRequest -> ArchiveProductResponse,
    restore_product: RestoreProductRequest -> RestoreProductResponse,
    adjust_stock: AdjustStockRequest -> AdjustStockResponse,
    get_stock: GetStockRequest -> GetStockResponse,
});
fake!(CartService {
    get_cart: GetCartRequest -> GetCartResponse,
    set_item: SetItemRequest -> SetItemResponse,
    set_discount: SetDiscountRequest -> SetDiscountResponse,
    merge_cart: MergeCartRequest -> MergeCartResponse,
});
fake!(DiscountService {
    list_discounts: ListDiscountsRequest -> ListDiscountsResponse,
    get_discount: GetDiscountRequest -> GetDiscountResponse,
    create_discount: CreateDiscountRequest -> CreateDiscountResponse,
    update_discount: UpdateDiscountRequest -> UpdateDiscountResponse,
    end_discount: EndDiscountRequest -> EndDiscountResponse,
});
fake!(OrderService {
    place_order: PlaceOrderRequest -> PlaceOrderResponse,
    get_order: GetOrderRequest -> GetOrderResponse,
    list_orders: ListOrdersRequest -> ListOrdersResponse,
    get_timeline: GetTimelineRequest -> GetTimelineResponse,
    cancel_order: CancelOrderRequest -> CancelOrderResponse,
    ship_order: ShipOrderRequest -> ShipOrderResponse,
    deliver_order: DeliverOrderRequest -> DeliverOrderResponse,
    request_refund: RequestRefundRequest -> RequestRefundResponse,
});
fake!(ReturnService {
    request_return: RequestReturnRequest -> RequestReturnResponse,
    list_order_returns: ListOrderReturnsRequest -> ListOrderReturnsResponse,
    get_return: GetReturnRequest -> GetReturnResponse,
    withdraw_return: WithdrawReturnRequest -> WithdrawReturnResponse,
    list_returns: ListReturnsRequest -> ListReturnsResponse,
    approve_return: ApproveReturnRequest -> ApproveReturnResponse,
    refuse_return: RefuseReturnRequest -> RefuseReturnResponse,
});
fake!(PaymentService {
    get_payment: GetPaymentRequest -> GetPaymentResponse,
    list_ledger_entries: ListLedgerEntriesRequest -> ListLedgerEntriesResponse,
    list_balances: ListBalancesRequest -> ListBalancesResponse,
    receive_webhook: ReceiveWebhookRequest -> ReceiveWebhookResponse,
});
fake!(SagaService {
    list_sagas: ListSagasRequest -> ListSagasResponse,
    get_saga: GetSagaRequest -> GetSagaResponse,
    retry_saga: RetrySagaRequest -> RetrySagaResponse,
    compensate_saga: CompensateSagaRequest -> CompensateSagaResponse,
});
fake!(ReconciliationService {
    start_reconciliation: StartReconciliationRequest -> StartReconciliationResponse,
    list_reconciliations: ListReconciliationsRequest -> ListReconciliationsResponse,
    get_reconciliation: GetReconciliationRequest -> GetReconciliationResponse,
});
fake!(DeadLetterService {
    list_dead_letters: ListDeadLettersRequest -> ListDeadLettersResponse,
    get_dead_letter: GetDeadLetterRequest -> GetDeadLetterResponse,
    redrive_dead_letter: RedriveDeadLetterRequest -> RedriveDeadLetterResponse,
    redrive_all_dead_letters: RedriveAllDeadLettersRequest -> RedriveAllDeadLettersResponse,
    drop_dead_letter: DropDeadLetterRequest -> DropDeadLetterResponse,
});
fake!(AuditService {
    list_actions: ListActionsRequest -> ListActionsResponse,
});
fake!(SystemService {
    get_process: GetProcessRequest -> GetProcessResponse,
    list_traces: ListTracesRequest -> ListTracesResponse,
    list_spans: ListSpansRequest -> ListSpansResponse,
    describe_service: DescribeServiceRequest -> DescribeServiceResponse,
});

fake!(FaultService {
    get_faults: GetFaultsRequest -> GetFaultsResponse,
    pause_consumer: PauseConsumerRequest -> PauseConsumerResponse,
});
