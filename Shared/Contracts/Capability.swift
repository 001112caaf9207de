import JSON

/// How a code may reach the number.
package enum Capability: String, JSONEnum {
    case sms
    case voice
    case smsAndVoice = "sms_and_voice"
}
