//! `PseudonymService` at the pseudonymiser: its own listener, its own process.

use crate::admission::place;
use crate::convert;
use crate::limits::{Place, Places};
use crate::peer::caller;
use crate::serve::{ServeError, ServeSettings, builder, run};
use crate::status::from_hub;
use seinhuis_hub::Pseudonymiser;
use seinhuis_hub::command::Caller;
use seinhuis_proto::v1;
use seinhuis_proto::v1::pseudonym_service_server::{PseudonymService, PseudonymServiceServer};
use seinhuis_telemetry::{Counter, Counters};
use seinhuis_types::{Coded, Desk, limits};
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

struct Service {
    pseudonymiser: Arc<Pseudonymiser>,
    counters: Counters,
}

impl Service {
    /// The caller and its place among its organisation's calls.
    fn admit<T>(&self, request: &Request<T>) -> Result<(Caller, Arc<Place>), Status> {
        Ok((caller(request)?, place(request)?))
    }

    fn reply<T>(&self, result: Result<T, seinhuis_hub::HubError>) -> Result<Response<T>, Status> {
        let label = result
            .as_ref()
            .map_or_else(|error| error.code().as_str(), |_| "OK");
        self.counters.count(Counter::Call, label);
        result.map(Response::new).map_err(|error| from_hub(&error))
    }
}

#[tonic::async_trait]
impl PseudonymService for Service {
    async fn get_parameters(
        &self,
        request: Request<v1::GetParametersRequest>,
    ) -> Result<Response<v1::GetParametersResponse>, Status> {
        let (_, _place) = self.admit(&request)?;
        self.reply(Ok(v1::GetParametersResponse {
            blinded_global_share: self.pseudonymiser.transcryptor.blinded_part().to_vec(),
            epoch: self.pseudonymiser.epoch.into(),
        }))
    }

    async fn get_key_share(
        &self,
        request: Request<v1::GetKeyShareRequest>,
    ) -> Result<Response<v1::GetKeyShareResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let desk: Desk = message.desk.parse().map_err(convert::Malformed::from)?;
        let result = self.pseudonymiser.key_share(&caller, &desk, message.epoch);
        self.reply(result.map(|share| v1::GetKeyShareResponse {
            share: share.to_vec(),
        }))
    }

    async fn convert(
        &self,
        request: Request<v1::ConvertRequest>,
    ) -> Result<Response<v1::ConvertResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let command = convert::convert(request.into_inner())?;
        let result = self.pseudonymiser.convert(&caller, &command).await;
        self.reply(result.map(|converted| v1::ConvertResponse {
            ciphertexts: converted.ciphertexts.iter().map(|ct| ct.to_vec()).collect(),
            output_key: converted.output_key.to_vec(),
            proofs: Vec::new(),
            proof: None,
        }))
    }
}

/// Serves the pseudonymiser on `tcp` until `shutdown`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve_pseudonymiser(
    pseudonymiser: Arc<Pseudonymiser>,
    tcp: TcpListener,
    settings: ServeSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let service = Service {
        pseudonymiser,
        counters: settings.counters.clone(),
    };
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_serving::<PseudonymServiceServer<Service>>()
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(v1::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let places = Arc::new(Places::new(settings.limits));
    let router = builder(places, settings.counters.clone(), settings.bounds)
        .add_service(health_service)
        .add_service(reflection)
        .add_service(
            PseudonymServiceServer::new(service).max_decoding_message_size(limits::MESSAGE_BYTES),
        );
    // It keeps no directory: whoever is under the pinned roots has keys to fetch.
    run(router, tcp, &settings, |_| true, shutdown).await
}
