# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Delivery
    # Accepts every message and does nothing with it.
    class Noop
      # This delivery has no options.
      class Options
        # @param _mailbox [Mailbox]
        def initialize(*_mailbox); end
      end

      # @param _options [Options]
      def initialize(*_options); end

      # @param _message [String] RFC 5322
      # @return [true] accepted
      def deliver(*_message)
        true
      end
    end
  end
end
