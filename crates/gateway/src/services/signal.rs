//! `SignalService`.

use super::{Service, fingerprint};
use crate::convert;
use crate::limits::Kind;
use crate::status::from_hub;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_server::SignalService;
use seinhuis_store::Store;
use seinhuis_types::Desk;
use std::pin::Pin;
use std::sync::Arc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

type Items = Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::ReceiveResponse, Status>> + Send>>;

#[tonic::async_trait]
impl<S: Store> SignalService for Service<S> {
    async fn publish(
        &self,
        request: Request<v1::PublishRequest>,
    ) -> Result<Response<v1::PublishResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let wait = message.wait();
        // Without its assertions: another one for the same signal makes it no other signal.
        let asserted = convert::asserted(&mut message)?;
        let command = convert::publish(message, asserted.request)?;
        let result = async {
            let work =
                |hub: Arc<Hub<S>>| async move { hub.publish(&caller, command, &asserted).await };
            let mut reply = self.whole(&place, work).await?;
            for outcome in &mut reply.outcomes {
                self.wait(wait, outcome.proof.as_mut()).await?;
            }
            Ok(reply)
        };
        self.reply(result.await)
    }

    type ReceiveStream = Items;

    async fn receive(
        &self,
        request: Request<v1::ReceiveRequest>,
    ) -> Result<Response<Items>, Status> {
        let (caller, _) = self.admit(&request)?;
        let place = self.places.take(caller.oin, Kind::Stream)?;
        let message = request.into_inner();
        let desk: Desk = message.desk.parse().map_err(convert::Malformed::from)?;
        let max = usize::try_from(message.max_unacknowledged).unwrap_or(usize::MAX);
        let mut stream = self
            .hub
            .receive(caller, desk, &message.cursor, max)
            .map_err(|error| from_hub(&error))?;
        // One item is made ready while the last is on its way; a reader that never reads costs no
        // more than that.
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            let _place = place;
            loop {
                // Room first, so that nothing is released that cannot be sent.
                let Ok(room) = sender.reserve().await else {
                    return;
                };
                let item = tokio::select! {
                    item = stream.next() => item,
                    () = sender.closed() => return,
                };
                match item {
                    Ok(item) => room.send(Ok(item)),
                    Err(error) => {
                        room.send(Err(from_hub(&error)));
                        return;
                    }
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn acknowledge(
        &self,
        request: Request<v1::AcknowledgeRequest>,
    ) -> Result<Response<v1::AcknowledgeResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let wait = message.wait();
        let print = fingerprint(&message);
        let command = convert::acknowledge(message, print)?;
        let result = async {
            let work = |hub: Arc<Hub<S>>| async move { hub.acknowledge(&caller, command).await };
            let mut reply = self.whole(&place, work).await?;
            self.wait(wait, reply.proof.as_mut()).await?;
            Ok(reply)
        };
        self.reply(result.await)
    }

    async fn rectify(
        &self,
        request: Request<v1::RectifyRequest>,
    ) -> Result<Response<v1::RectifyResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let wait = message.wait();
        let asserted = convert::asserted(&mut message)?;
        let command = convert::rectify(message, asserted.request)?;
        let result = async {
            let work =
                |hub: Arc<Hub<S>>| async move { hub.rectify(&caller, command, &asserted).await };
            let mut reply = self.whole(&place, work).await?;
            let outcomes = reply.outcomes.iter_mut().map(|told| told.proof.as_mut());
            let ended = reply.ended.iter_mut().chain(&mut reply.unreached);
            let ended = ended.map(|ended| ended.proof.as_mut());
            for proof in outcomes.chain(ended) {
                self.wait(wait, proof).await?;
            }
            Ok(reply)
        };
        self.reply(result.await)
    }

    async fn get_signal(
        &self,
        request: Request<v1::GetSignalRequest>,
    ) -> Result<Response<v1::GetSignalResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let signal = convert::signal_id(&request.into_inner().signal_id)?;
        self.reply(self.hub.signal(&caller, signal))
    }
}
