# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Email
    # A part of a message that is not its text.
    class Attachment
      # @return [String, nil] what the sender calls the file (RFC 2231, or RFC 2047 as most do): anything, paths
      #   too. Not to be used as a path.
      attr_reader :name

      # @return [String] such as `image/png`, in small letters, as the sender says
      attr_reader :content_type

      # @return [Integer] bytes of {#content}
      attr_reader :size

      # @return [String, nil] without angle brackets: `<img src="cid:…">` in HTML names it
      attr_reader :content_id

      # @param name [String, nil]
      # @param content_type [String]
      # @param size [Integer]
      # @param content_id [String, nil]
      # @param inline [Boolean]
      # @yieldreturn [String] the content
      def initialize(name:, content_type:, size:, content_id:, inline:, &content)
        @name = name
        @content_type = content_type
        @size = size
        @content_id = content_id
        @inline = inline
        @content = content
      end

      # @return [Boolean] whether it is to be shown within the text
      def inline? = @inline

      # Decoded each time it is asked for, and not kept. Lines end in LF unless they travelled as base64 or binary.
      #
      # @return [String] binary
      def content = @content.call

      # @return [String]
      def inspect = "#<#{self.class} #{name.inspect} #{content_type} #{size} bytes>"
    end
  end
end
