# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A message as it came from an inbox.
  class Message
    # @return [Integer, String] what the inbox calls it
    attr_reader :uid

    # @return [String, nil] RFC 5322, as raw bytes
    attr_reader :body

    # @param uid [Integer, String]
    # @param body [String, nil]
    def initialize(uid:, body:)
      @uid = uid
      @body = body
    end

    # @param other [Object]
    # @return [Boolean] whether it is a message of the same class, uid and body
    def ==(other)
      self.class == other.class && uid == other.uid && body == other.body
    end
  end
end
