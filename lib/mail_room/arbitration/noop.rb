# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Arbitration
    # For a mailbox that one process alone watches: every message is ours.
    class Noop
      # This arbitration has no options.
      class Options
        # @param _mailbox [Mailbox]
        def initialize(*_mailbox); end
      end

      # @param _options [Options]
      def initialize(*_options); end

      # @param _uid [Integer] UID of the message
      # @return [true] this process delivers it
      def deliver?(*_uid)
        true
      end
    end
  end
end
