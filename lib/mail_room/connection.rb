# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A connection to an inbox, for a program that takes the messages of one mailbox by itself, without a
  # {Coordinator}.
  class Connection
    # @return [Mailbox]
    attr_reader :mailbox

    # @return [#call, nil] the block of {#on_new_message}
    attr_reader :new_message_handler

    # @param mailbox [Mailbox]
    def initialize(mailbox)
      @mailbox = mailbox
    end

    # @yieldparam message [Message]
    # @yieldreturn [Object] truthy when the application has the message: only then it is marked
    # @return [void]
    def on_new_message(&block)
      @new_message_handler = block
    end

    # @return [void]
    # @raise [NotImplementedError] here; done by the connections to particular inboxes
    def wait
      raise NotImplementedError
    end

    # @return [void]
    # @raise [NotImplementedError] here; done by the connections to particular inboxes
    def quit
      raise NotImplementedError
    end
  end
end
