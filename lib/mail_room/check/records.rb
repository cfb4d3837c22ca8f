# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  class Check
    # Findings for programs: a line with a JSON object for each, its members in this order: `mailbox`, `name`, `check`,
    # `outcome`, `detail`, `advice`. The first two are null for what concerns the file.
    class Records
      # (see Report#section)
      def section(mailbox, findings)
        findings.map do |finding|
          record = { mailbox: mailbox&.email, name: mailbox&.name, **finding.to_h }
          "#{JSON.generate(Printable.deep(record))}\n"
        end.join
      end

      # @return [String] nothing: programs count themselves
      def summary
        ""
      end
    end
  end
end
