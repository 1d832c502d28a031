//! `QuestionService`.

use super::{Service, fingerprint};
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::question_service_server::QuestionService;
use seinhuis_store::Store;
use seinhuis_telemetry::Counter;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> QuestionService for Service<S> {
    async fn ask(
        &self,
        request: Request<v1::AskRequest>,
    ) -> Result<Response<v1::AskResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let wait = message.wait();
        let print = fingerprint(&message);
        let command = convert::ask(message, print)?;
        let result = async {
            let work = |hub: Arc<Hub<S>>| async move { hub.ask(&caller, command).await };
            let asked = self.whole(&place, work).await?;
            if asked.unusual {
                self.counters.count(Counter::Question, "unusual_day");
            }
            let mut reply = asked.reply;
            let outcome = reply.outcome.as_mut();
            self.wait(wait, outcome.and_then(|told| told.proof.as_mut()))
                .await?;
            Ok(reply)
        };
        self.reply(result.await)
    }

    async fn answer(
        &self,
        request: Request<v1::AnswerRequest>,
    ) -> Result<Response<v1::AnswerResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let wait = message.wait();
        let print = fingerprint(&message);
        let command = convert::answer(message, print)?;
        let result = async {
            let work = |hub: Arc<Hub<S>>| async move { hub.answer(&caller, command).await };
            let mut reply = self.whole(&place, work).await?;
            let outcome = reply.outcome.as_mut();
            self.wait(wait, outcome.and_then(|told| told.proof.as_mut()))
                .await?;
            Ok(reply)
        };
        self.reply(result.await)
    }
}
