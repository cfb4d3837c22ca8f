# frozen_string_literal: true

require_relative "mails"

# The generated mails as a filter sees them: a reply somebody takes, and what is made of it.
module KindsOfMail
  ADDRESS = "incoming+%{key}@gitlab.example.com"
  HOST = "gitlab.example.com"

  # In this order in {.all}.
  NAMES = %i[ordinary bounce auto_reply unmatched all_at_once].freeze

  module_function

  # @return [Hash] settings of a mailbox
  def incoming_email(**others)
    { address: ADDRESS, host: HOST, **others }
  end

  # @return [Array<String>] a mail of each kind, numbered from 1
  def all
    NAMES.each.with_index(1).map { |name, number| public_send(name, number) }
  end

  def ordinary(number)
    Mails.small(number)
  end

  def bounce(number)
    as_bounce(Mails.small(number))
  end

  def auto_reply(number)
    "Auto-Submitted: auto-replied\r\n".b + Mails.small(number)
  end

  def unmatched(number)
    to_nobody(Mails.small(number))
  end

  def all_at_once(number)
    as_bounce(to_nobody(auto_reply(number)))
  end

  # @return [String] the mail key of a generated mail
  def key(number)
    format("%032x", number)
  end

  def as_bounce(mail)
    mail.sub(/^Content-Type:.*\r$/, "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r")
  end

  def to_nobody(mail)
    mail.sub(/^To:.*\r$/, "To: sales@example.com\r").sub(/^References:.*\r$/, "References: <1@example.com>\r")
  end

  private_class_method :as_bounce, :to_nobody
end
