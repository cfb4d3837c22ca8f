# frozen_string_literal: true

require "mail_room"
require "uri"

module MailRoom
  class Check
    # Settings of one mailbox that fight each other, or do what hardly anybody means. Only what does harm: each
    # mailbox here is one that can be watched.
    class Conflicts
      # Bytes; with fewer even mails with a picture are put aside.
      SMALL = 1024 * 1024

      # Words of SEARCH (RFC 3501, section 6.4.4) by which a message is not found again once it is marked as read, and
      # as deleted.
      UNREAD = /\b(?:UNSEEN|NEW|NOT\s+SEEN)\b/i
      UNDELETED = /\b(?:UNDELETED|NOT\s+DELETED)\b/i

      # Names and addresses that do not leave the machine or its network, and those of containers.
      NEAR = /\A(?:localhost|127\.|\[?::1\]?\z|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[?f[cd])|
              \A[^.:]+\z|\.(?:local|internal|svc)\z|\.svc\.|\.localhost\z/xi

      # @param mailbox [Mailbox]
      def initialize(mailbox)
        @mailbox = mailbox
      end

      # @return [Array<Finding>] at least one
      def findings
        on_server = @mailbox.microsoft_graph? ? [graph] : [tls, port, deletion, search]
        found = [*on_server, webhook, credentials, size].compact
        found.empty? ? [Finding.yes("settings")] : found
      end

      private

      def warning(name, detail, advice)
        Finding.warning("settings.#{name}", detail, advice)
      end

      def tls
        if @mailbox.ssl && @mailbox.start_tls
          warning("tls", "ssl and start_tls are both set", "Set ssl for port 993, or start_tls for port 143")
        elsif !@mailbox.ssl && !@mailbox.start_tls && !@mailbox.host.to_s.match?(NEAR)
          warning("tls", "neither ssl nor start_tls is set",
                  "Whoever is between reads password and mail: set ssl with port 993, or start_tls with port 143")
        end
      end

      # Registered at IANA: 993 begins with TLS, 143 does not.
      def port
        if @mailbox.port.to_i == 993 && !@mailbox.ssl
          warning("port", "port 993 without ssl", "Servers want TLS there from the first byte: set ssl: true")
        elsif @mailbox.port.to_i == 143 && @mailbox.ssl && !@mailbox.start_tls
          warning("port", "port 143 with ssl", "Servers do not begin with TLS there: use port 993, or start_tls")
        end
      end

      def deletion
        return if !@mailbox.expunge_deleted || @mailbox.delete_after_delivery

        warning("deletion", "expunge_deleted without delete_after_delivery",
                "Nothing is marked as deleted, so nothing is removed: set delete_after_delivery, or neither")
      end

      def search
        words = Array(@mailbox.search_command).join(" ")
        return if words.match?(UNREAD)
        return if @mailbox.delete_after_delivery && (@mailbox.expunge_deleted || words.match?(UNDELETED))

        warning("search", "search_command #{words}",
                "It finds what was delivered already, again and again: use UNSEEN, or delete and expunge")
      end

      def graph
        return unless @mailbox.delete_after_delivery

        warning("deletion", "delete_after_delivery on Microsoft Graph",
                "Deleted messages are removed after some time, whatever expunge_deleted says: set " \
                "delete_after_delivery: false to keep them in the mailbox")
      end

      def webhook
        url = URI.parse(postback&.url.to_s)
        return if url.scheme != "http" || url.host.to_s.match?(NEAR)

        warning("webhook", "#{url.host} is reached without TLS",
                "Whoever is between reads mail and token: use https://")
      rescue URI::InvalidURIError # which the native part may take nevertheless
        nil
      end

      # The token has a header of its own.
      def credentials
        return unless postback&.jwt_auth? && postback.jwt.header.to_s.casecmp?("Authorization")
        return unless postback.token_auth? || postback.basic_auth?

        warning("webhook", "jwt_auth_header is Authorization, beside a token or a user",
                "The two want the same header: set one of them")
      end

      def size
        limit = @mailbox.max_message_size
        return if limit.nil? || limit.to_i >= SMALL

        warning("size", "max_message_size is #{limit} bytes", "Mails with an attachment are quarantined, not delivered")
      end

      # @return [Delivery::Postback::Options, nil]
      def postback
        return unless @mailbox.delivery_klass == Delivery::Postback

        @postback ||= Delivery::Postback::Options.new(@mailbox)
      end
    end
  end
end
