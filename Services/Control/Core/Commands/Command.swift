import Contracts
import Kit

/// Everything `namaskahctl` can be asked to do.
package enum Command: Sendable, Equatable {
    case addUser(AddUser)
    case topUp(AddCredit)
    case addPublisher(AddPublisher)
    case removePublisher(RemovePublisher)
    case verify(Verify)
    case proveLedger
    case exportLedger(ExportLedger)
    case listParked(ListParked)
    case showParked(ParkedMessageArguments)
    case replayParked(ReplayParked)
    case discardParked(ParkedMessageArguments)
    case listQueues
    case showPrices(ShowPrices)
    case syncPrices(SyncPrices)
    case setPrice(SetPrice)
    case replayRouting(WhatIfArguments)
    case forecastDemand(DemandArguments)
    case findCodes(FindCodes)
    case showOpenAPI
    case showAsyncAPI
}
