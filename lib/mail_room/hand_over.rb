# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Gives the messages of one mailbox to a Ruby class, one after the other, and answers for each.
  class HandOver
    # The answer when no other was found: something tore the delivery apart (`exit`, `Thread#kill`,
    # `throw`).
    INTERRUPTED = "delivery was interrupted"

    # How many lines of an exception's backtrace are told.
    PLACES = 3

    # @param deliverer [#deliver] the delivery of the mailbox
    # @param native [Native::HandOver] where messages come from and answers go to
    def initialize(deliverer, native)
      @deliverer = deliverer
      @native = native
    end

    # Works until no more messages will come.
    #
    # @return [void]
    def run
      while (message = @native.next_message)
        hand_over(message)
      end
    end

    private

    # Refused until the delivery has returned something truthy: whatever ends it before, the message
    # stays in the inbox. That may deliver a message twice, and never loses one.
    def hand_over(message)
      accepted = false
      reason = INTERRUPTED
      accepted, reason = outcome(message)
    ensure
      @native.acknowledge(accepted, reason)
    end

    def outcome(message)
      result = @deliverer.deliver(message)
      result ? [true, nil] : [false, "returned #{result.inspect}"]
    rescue StandardError, ScriptError => error
      [false, reason_of(error)]
    end

    def reason_of(error)
      places = Array(error.backtrace).take_while { |place| !place.start_with?(__FILE__) }
      places = places.first(PLACES).map { |place| Printable.line(place, limit: 90) }
      [Printable.line("#{error.class}: #{error.message}"), *places].join("; at ")
    end
  end
end
