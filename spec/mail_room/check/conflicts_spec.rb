# frozen_string_literal: true

require "tempfile"

RSpec.describe MailRoom::Check::Conflicts do
  def findings(settings)
    described_class.new(settings.is_a?(MailRoom::Mailbox) ? settings : build_mailbox(**settings)).findings
  end

  def names(...)
    findings(...).map { |finding| [finding.check, finding.warning?] }
  end

  it "has nothing to say against what GitLab renders" do
    expect(names({ ssl: true, start_tls: false, delete_after_delivery: true, expunge_deleted: true,
                   idle_timeout: 60 })).to eq([["settings", false]])
    expect(names({})).to eq([["settings", false]])
  end

  {
    "settings.tls" => [{ ssl: true, start_tls: true }],
    "settings.deletion" => [{ expunge_deleted: true }],
    "settings.search" => [{ search_command: "ALL" }, { search_command: %w[SUBJECT hello] },
                          { search_command: "ALL", delete_after_delivery: true }, { search_command: "UNDELETED" }],
    "settings.size" => [{ max_message_size: 100_000 }]
  }.each do |name, cases|
    cases.each do |settings|
      it "warns of #{settings.inspect}" do
        expect(names(settings)).to eq([[name, true]])
      end
    end
  end

  [{ ssl: false, start_tls: true, port: 143 }, { ssl: false, port: 143 },
   { search_command: "ALL", delete_after_delivery: true, expunge_deleted: true },
   { search_command: "not seen" }, { search_command: "UNDELETED", delete_after_delivery: true },
   { delivery_method: "postback", delivery_url: "https://gitlab.example.com/hook" }].each do |settings|
    it "has nothing to say against #{settings.inspect}" do
      expect(names(settings)).to eq([["settings", false]])
    end
  end

  it "warns of two ways to say who posts in one header, and of none in two" do
    Tempfile.create("secret") do |file|
      file.write(["k" * 32].pack("m0"))
      file.close
      jwt = { jwt_issuer: "i", jwt_algorithm: "HS256", jwt_secret_path: file.path }
      found = %w[authorization Gitlab-Mailroom-Api-Request].map do |header|
        names({ delivery_method: "postback", delivery_url: "https://gitlab.example.com/hook", delivery_token: "token",
                delivery_options: { jwt_auth_header: header, **jwt } })
      end
      expect(found).to eq([[["settings.webhook", true]], [["settings", false]]])
    end
  end

  it "warns that deleted messages go by themselves on Microsoft Graph" do
    kept, deleted = [false, true].map do |switch|
      findings(MailRoom::Mailbox.new(graph_attributes(delete_after_delivery: switch)))
    end
    expect(kept.map(&:check)).to eq(["settings"])
    expect(deleted).to match([have_attributes(check: "settings.deletion", warning?: true)])
  end
end
