# frozen_string_literal: true

require "mail_room"

module MailRoom
  module IMAP
    # A message from an IMAP server.
    class Message < MailRoom::Message
      # @return [Integer, nil] sequence number at the time it was fetched; any expunge may shift it, so
      #   nothing in this gem changes a message by it, and {Connection} does not tell it
      attr_reader :seqno

      # @param uid [Integer]
      # @param body [String, nil]
      # @param seqno [Integer, nil]
      def initialize(uid:, body:, seqno:)
        super(uid: uid, body: body)

        @seqno = seqno
      end

      # @param other [Object]
      # @return [Boolean]
      def ==(other)
        super && seqno == other.seqno
      end
    end
  end
end
