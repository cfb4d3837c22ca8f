# frozen_string_literal: true

# What we say of a mail, and what the gem does.
RSpec.describe "The mail gem and MailRoom::Email" do
  folder = File.expand_path("../fixtures/mails", __dir__)
  fixtures = Dir[File.join(folder, "**/*.eml")].to_h { |path| [path.delete_prefix("#{folder}/"), path] }

  # Nothing else may differ. Files stand in incoming_email, and without their ending.
  intended = {
    "the gem gives up on a list of ids with commas or quotes, and answers its raw text" =>
      [%i[references], %w[reply_icloud reply_exchange_dedicated reply_exchange_catch_all reply_references_quoted
                          auto_reply_outlook]],
    "the gem gives up on a malformed list of addresses, and answers its raw text" => [%i[to], %w[reply_malformed_to]],
    "the gem does not guess a charset for headers with bytes beyond ASCII, and answers those bytes" =>
      [%i[to from subject], %w[new_issue_shift_jis new_issue_latin1]],
    "the gem takes the file away that a whole message may be" => [%i[attachments], %w[dmarc_report]],
    "the gem takes a body of one blank line for none" =>
      [%i[text], %w[unsubscribe unsubscribe_legacy unsubscribe_catch_all unsubscribe_partitioned
                    unsubscribe_partitioned_legacy unsubscribe_partitioned_without_namespace]],
    "the gem has an empty text where there is neither a header nor a body" =>
      [%i[text], %w[no_headers empty blank]]
  }.values.flat_map { |fields, files| files.map { |file| ["incoming_email/#{file}.eml", fields] } }.to_h

  fixtures.each do |name, path|
    it "say the same of #{name}" do
      raw = File.binread(path)
      email = MailRoom::Email.parse(raw)
      gem = MailGem.new(raw).answers
      ours = gem.keys.to_h { |field| [field, email.public_send(field)] }
      ours[:date] = email.date&.to_i
      # The gem has those with names only.
      ours[:attachments] = email.attachments.select(&:name).map { |file| [file.name, file.size] }

      differing = ours.keys.reject { |field| ours[field] == gem[field] }
      expect(differing).to match_array(intended.fetch(name, [])),
                           -> { differing.map { |field| [field, ours[field], gem[field]].inspect }.join("\n") }
    end
  end
end
