# frozen_string_literal: true

require "mail_room"

module MailRoom
  module MicrosoftGraph
    # A connection to a folder on Microsoft Graph. The `uid` of its messages is their immutable id, a String.
    #
    #   connection = MailRoom::MicrosoftGraph::Connection.new(mailbox)
    #   connection.on_new_message { |message| import(message.body) }
    #   connection.wait while running
    #   connection.quit
    class Connection < KeptConnection
      # Seconds between two looks at the folder when `inbox_options` has no `poll_interval`.
      POLL_INTERVAL = 60

      private

      def message(uid, body)
        Message.new(uid: uid, body: body)
      end

      def longest_wait
        Keys.symbolize(Mailbox::Settings.written(mailbox.inbox_options)).fetch(:poll_interval, POLL_INTERVAL)
      end
    end
  end
end
