# frozen_string_literal: true

require "mail_room"

module MailRoom
  module IMAP
    # A connection to a mailbox on an IMAP server.
    #
    #   connection = MailRoom::IMAP::Connection.new(mailbox)
    #   connection.on_new_message { |message| import(message.body) }
    #   connection.wait while running
    #   connection.quit
    class Connection < KeptConnection
      private

      def message(uid, body)
        Message.new(uid: uid, body: body, seqno: nil)
      end

      def longest_wait
        mailbox.idle_timeout
      end
    end
  end
end
