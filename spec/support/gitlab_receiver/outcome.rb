# frozen_string_literal: true

class GitlabReceiver
  # What becomes of a message, in the terms of `mail_room explain`.
  Outcome = Struct.new(:mailbox, :auto_generated, :mail_key, :header, :value, :handler, :error, :project_id,
                       :project_slug, :project_path, :token, :issue_iid, keyword_init: true) do
    def initialize(**fields)
      super(auto_generated: false, **fields)
    end

    # @param taken [Array(Symbol, Hash), nil] by whom, and what the key says; nil when by none
    def take(taken)
      return self.error = "UnknownIncomingEmail" unless taken

      handler, told = taken
      self.handler = handler.to_s
      told.each { |name, text| self[name] = %i[project_id issue_iid].include?(name) ? text.to_i : text }
    end
  end
end
