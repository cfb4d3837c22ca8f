# frozen_string_literal: true

require "json"
require "mail_room"
require "securerandom"
require "time"

module MailRoom
  class Check
    # Sends a message to the address of a mailbox, with a key in it, and waits until it comes. GitLab drops such a
    # message without a word, should it get it: it says by Auto-Submitted (RFC 3834, section 5) that no person wrote it.
    class RoundTrip
      include Redaction::Opaque

      # With 16 digits behind it as long as the key of a reply.
      KEY = "mail-room-check-"

      # What goes into an envelope without more ado (RFC 5321, section 4.1.2, without what hardly anybody has).
      ADDRESS = /\A[!-~&&[^<>@]]+@[!-~&&[^<>@]]+\z/

      # @param smtp [Smtp] takes the message
      # @param from [String, nil] the sender; the address itself unless given
      # @param seconds [Numeric] to wait for it
      def initialize(smtp, from: nil, seconds: 60)
        @smtp = smtp
        @from = from
        @seconds = seconds
      end

      # @param mailbox [Mailbox]
      # @param settings [String] those of the mailbox, see {Mailbox::Settings}
      # @param address [Address, nil] without one the message goes to the login name
      # @return [Array<Finding>]
      def findings(mailbox, settings, address)
        key = "#{KEY}#{SecureRandom.hex(8)}"
        recipient = address ? address.with(key) : mailbox.email.to_s
        unless recipient.match?(ADDRESS)
          return [Finding.skipped("sending", "no address of this mailbox is known that a message can be sent to")]
        end

        send_and_wait(recipient, "#{key}@#{recipient.rpartition('@').last}", settings, address)
      end

      private

      def send_and_wait(recipient, id, settings, address)
        sender = @from || recipient
        problem = @smtp.deliver(message(sender, recipient, id), from: sender, to: recipient)
        return [problem, Finding.skipped("arrival", "needs sending")] if problem

        [Finding.yes("sending", "to #{recipient} by #{@smtp}"), arrival(settings, id, address)]
      end

      def arrival(settings, id, address)
        finding = Finding.of(JSON.parse(Native.await_message(settings, "<#{id}>", @seconds)))
        finding.advice = [reason(address), finding.advice].compact.join(" ") if finding.wrong? && address&.placeholder?
        finding
      rescue MailRoom::Error => error
        Finding.no("arrival", Printable.text(error.message))
      end

      def reason(address)
        return "Is there a catch-all mailbox for #{address.domain}, and is it this one?" unless address.delimiter == "+"
        return "Is sub-addressing on: #{Address::Routing::POWERSHELL}?" if address.exchange_online?

        "Is sub-addressing on in the mail server (recipient_delimiter = + in Postfix), and is this the mailbox of " \
          "#{address.user}@#{address.domain}?"
      end

      def message(sender, recipient, id)
        <<~MAIL.gsub("\n", "\r\n")
          Date: #{Time.now.rfc2822}
          From: <#{sender}>
          To: <#{recipient}>
          Subject: Check of mail_room
          Message-ID: <#{id}>
          Auto-Submitted: auto-generated
          MIME-Version: 1.0
          Content-Type: text/plain; charset=us-ascii

          This message was sent by mail_room check, to see whether it comes to the
          mailbox that mail_room reads. It may be removed.
        MAIL
      end
    end
  end
end
