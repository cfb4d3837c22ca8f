# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What tells a {Mailbox} from others: on its server, in the log, and to people.
  module MailboxIdentity
    # Where Microsoft Graph is unless `inbox_options` says so.
    GRAPH_ENDPOINT = "https://graph.microsoft.com"

    # @return [Hash] what names this mailbox in a log line
    def context
      { email: email, name: name }
    end

    # @return [String] what names this mailbox in the text of an error
    def title
      "mailbox #{label}"
    end

    # @return [String] name and account, for people
    def label
      "#{name.inspect} of #{email || 'nobody'}"
    end

    # @return [Boolean] whether it is on Microsoft Graph, and on no IMAP server
    def microsoft_graph?
      inbox_method.to_s == "microsoft_graph"
    end

    # @param name [String] of this mailbox, or of another one of the same account
    # @return [Array] the same for two settings of one mailbox on the server. `INBOX` is the only name
    #   whose case does not matter (RFC 3501, section 5.1); on Microsoft Graph it matters nowhere.
    def identity(name = self.name)
      return [graph_endpoint, email, name].map { |part| part.to_s.downcase } if microsoft_graph?

      [host.to_s.downcase, email, name.to_s.casecmp?("INBOX") ? "INBOX" : name.to_s]
    end

    private

    def graph_endpoint
      endpoint = Keys.symbolize(inbox_options)[:graph_endpoint].to_s.delete_suffix("/")
      endpoint.empty? ? GRAPH_ENDPOINT : endpoint
    end
  end
end
