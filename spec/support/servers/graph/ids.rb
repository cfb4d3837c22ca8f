# frozen_string_literal: true

require "securerandom"
require "set"

module Servers
  class Graph
    # Makes ids such as Graph's: long, URL-safe Base64, and different in upper and lower case. Each second message's id
    # differs from the one before in nothing but the case of one letter.
    # https://learn.microsoft.com/en-us/graph/outlook-immutable-id
    class Ids
      MESSAGE = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
      FOLDER = "AAMkAG"
      # What looks like an id.
      FORM = /\AAA(?:MkA|kALgA)[A-Za-z0-9_-]{90,160}=*\z/

      def initialize
        @store = SecureRandom.urlsafe_base64(66)
        @messages = Set.new
        @folders = 0
      end

      # @return [String] an immutable one
      def message
        pair, second = @messages.size.divmod(2)
        id = "#{MESSAGE}#{@store}#{encode(pair)}-#{second.zero? ? 'q' : 'Q'}_AAA="
        @messages << id
        id
      end

      def folder
        "#{FOLDER}#{@store}#{encode(@folders += 1)}-AAAAAAEMAAA="
      end

      def given?(id)
        @messages.include?(id)
      end

      private

      def encode(number)
        [[number].pack("Q>")].pack("m0").tr("+/", "-_").delete("=")
      end
    end
  end
end
