# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # Settings of one mailbox that fight each other, or do what hardly anybody means: only what does harm, and what no
    # server can tell. Each mailbox here is one that can be watched.
    class Conflicts
      # Bytes; with fewer even mails with a picture are put aside.
      SMALL = 1024 * 1024

      # Words of SEARCH (RFC 3501, section 6.4.4) by which a message is not found again once it is marked as read.
      UNREAD = /\b(?:UNSEEN|NEW|NOT\s+SEEN)\b/i

      # The same for one that is marked as deleted.
      UNDELETED = /\b(?:UNDELETED|NOT\s+DELETED)\b/i

      # @param mailbox [Mailbox]
      def initialize(mailbox)
        @mailbox = mailbox
      end

      # @return [Array<Finding>] at least one
      def findings
        on_server = @mailbox.microsoft_graph? ? [graph] : [tls, deletion, search]
        found = [*on_server, credentials, size].compact
        found.empty? ? [Finding.yes("settings")] : found
      end

      private

      def warning(name, detail, advice)
        Finding.warning("settings.#{name}", detail, advice)
      end

      # Port 993 has TLS from the first byte then, and any other STARTTLS.
      def tls
        return unless @mailbox.ssl && @mailbox.start_tls

        warning("tls", "ssl and start_tls are both set", "Set ssl for port 993, or start_tls for port 143")
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

      # The token has a header of its own.
      def credentials
        webhook = Webhook.of(@mailbox)
        return unless webhook&.jwt_header&.casecmp?("Authorization") && webhook.credentials?

        warning("webhook", "jwt_auth_header is Authorization, beside a token or a user",
                "The two want the same header: set one of them")
      end

      def size
        limit = @mailbox.max_message_size
        return if limit.nil? || limit.to_i >= SMALL

        warning("size", "max_message_size is #{limit} bytes", "Mails with an attachment are quarantined, not delivered")
      end
    end
  end
end
