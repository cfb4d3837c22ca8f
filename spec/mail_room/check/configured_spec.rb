# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require "yaml"

RSpec.describe MailRoom::Check::Configured do
  around { |example| Dir.mktmpdir { |folder| Dir.chdir(folder) { example.run } } }

  def written(settings, path = "mail_room.yml")
    FileUtils.mkdir_p(["log", File.dirname(path)])
    File.write(path, settings.is_a?(Hash) ? YAML.dump(settings) : settings)
    described_class.new(path)
  end

  def outcomes(configured)
    configured.findings.map { |finding| [finding.warning? ? "warning" : finding.outcome, finding.detail] }
  end

  it "counts the mailboxes of a file that is right, without a word on standard error" do
    expect do
      configured = written({ mailboxes: [mailbox_attributes] })
      expect([outcomes(configured), configured.mailboxes.size]).to eq([[["yes", "mail_room.yml, 1 mailbox"]], 1])
    end.not_to output.to_stderr
  end

  it "tells of keys that are not known" do
    expect do
      expect(outcomes(written({ mailboxes: [mailbox_attributes(frob: 1)], mailboxen: 1 })))
        .to match([["yes", /1 mailbox/], ["warning", /unknown key :mailboxen/], ["warning", /unknown key :frob/]])
    end.not_to output.to_stderr
  end

  it "says of a key that is not known, and of nothing else, that it has no effect" do
    section = { enabled: true, address: "in+%{key}@example.com", user: "incoming", password: 123, host: "localhost",
                usr: "me" }
    configured = written({ production: { incoming_email: section } }, "config/gitlab.yml")
    advice = configured.findings.select(&:warning?).to_h { |one| [one.detail[/unknown|a number/], one.advice] }
    expect(advice)
      .to match("unknown" => /It has no effect/, "a number" => /whether that is meant so/)
  end

  it "says which section of gitlab.yml counts" do
    section = { enabled: true, address: "in+%{key}@example.com", user: "me", password: "secret", host: "localhost" }
    written({ production: { incoming_email: section }, staging: { incoming_email: section } }, "config/gitlab.yml")
    stub_const("ENV", ENV.to_h.merge("RAILS_ENV" => "staging"))
    expect(outcomes(described_class.new("config/gitlab.yml")))
      .to eq([["yes", "config/gitlab.yml, section staging, 1 mailbox"]])
  end

  it "goes on with the other mailboxes when one is wrong" do
    configured = written({ mailboxes: [mailbox_attributes(port: "frob"), mailbox_attributes(email: "b@example.com")] })
    expect(outcomes(configured)).to match([["no", /\Amail_room.yml: mailboxes\[0\]: .*port/]])
    expect(configured.mailboxes.map(&:email)).to eq(["b@example.com"])
  end

  it "tells of a mailbox that is named twice, and of a file that has none" do
    expect(outcomes(written({ mailboxes: [mailbox_attributes] * 2 }))).to match([["no", /are the same mailbox/]])
    expect(outcomes(written({ mailboxes: nil }))).to match([["no", /nothing to watch/]])
  end

  it "tells one fault once, whatever follows from it" do
    section = { enabled: true, address: "in+%{key}@example.com", user: "me", password: "secret", host: "localhost" }
    wrong = written({ production: { incoming_email: section.merge(port: "frob") } }, "config/gitlab.yml")
    expect(outcomes(wrong)).to match([["no", /incoming_email\.port must be a number/]])
    File.write("config/resque.yml", "a: [")
    wrong = written({ production: { incoming_email: section, service_desk_email: section } }, "config/gitlab.yml")
    expect(outcomes(wrong)).to match([["no", /resque\.yml: YAML/]])
  end

  it "tells of a file that cannot be read" do
    expect(outcomes(described_class.new("missing.yml"))).to match([["no", /\Amissing.yml: cannot be read/]])
    expect(outcomes(written("a: [", "broken.yml"))).to match([["no", /\Abroken.yml: YAML/]])
  end

  it "knows a way round a template that needs what there is not" do
    template = '<% require "active_support/of_gitlab" %>'
    expect(written(template, "config/mail_room.yml").findings).to match([have_attributes(outcome: "no", advice: nil)])
    written({}, "config/gitlab.yml")
    expect(described_class.new("config/mail_room.yml").findings)
      .to match([have_attributes(detail: /LoadError/, advice: %r{use -c config/gitlab\.yml\z})])
  end

  describe "without -c" do
    before { stub_const("ENV", ENV.to_h.except("MAIL_ROOM_GITLAB_CONFIG_FILE")) }

    it "takes mail_room.yml, or else gitlab.yml" do
      expect(described_class.default_path).to be_nil
      written({}, "config/gitlab.yml")
      expect(described_class.default_path).to eq("config/gitlab.yml")
      written({ mailboxes: nil }, "config/mail_room.yml")
      expect(described_class.default_path).to eq("config/mail_room.yml")
    end

    it "takes what GitLab's variable says" do
      stub_const("ENV", ENV.to_h.merge("MAIL_ROOM_GITLAB_CONFIG_FILE" => "/etc/gitlab.yml"))
      expect(described_class.default_path).to eq("/etc/gitlab.yml")
    end
  end

  it "knows the addresses of GitLab's file, and whom GitLab writes as" do
    section = { enabled: true, address: "incoming+%{key}@hooli.com", user: "incoming", password: "secret",
                host: "imap.hooli.com" }
    configured = written({ production: { gitlab: { host: "git.hooli-gitlab.com", email_from: "git@hooli.com" },
                                         incoming_email: section } }, "config/gitlab.yml")
    address = configured.addresses.values.first
    expect([address.text, configured.mailboxes.size]).to eq(["incoming+%{key}@hooli.com", 1])
    expect(address.findings.last).to have_attributes(check: "address.domain", warning?: true)
  end

  it "knows an address that mail cannot be explained for" do
    section = { enabled: true, address: "incoming", user: "incoming", password: "secret", host: "imap.hooli.com" }
    configured = written({ production: { incoming_email: section } }, "config/gitlab.yml")
    expect(configured.addresses.values.first.findings)
      .to match([have_attributes(check: "address.placeholder", outcome: "no")])
  end

  it "knows when no file names a Redis" do
    section = { enabled: true, address: "in+%{key}@example.com", user: "me", password: "secret", host: "localhost" }
    text = { production: { incoming_email: section } }
    advice = [nil, { test: {} }, { production: { url: "redis://redis.example.com" } },
              { production: { url: "redis://localhost:6381", sentinels: [{ host: "a", port: 1 }] } }].map do |redis|
      File.write("config/resque.yml", YAML.dump(redis)) if redis
      written(text, "config/gitlab.yml").then { |configured| configured.default_redis(configured.mailboxes.first) }
    end
    default = %r{takes redis://localhost:6381 where none of redis\.yml, .*resque\.yml}
    expect(advice).to match([default, default, nil, nil])
  end

  it "knows nothing of Redis where mail_room.yml says it" do
    configured = written({ mailboxes: [mailbox_attributes(arbitration_method: "redis", arbitration_options:
      { redis_url: "redis://localhost:6381" })] })
    expect(configured.default_redis(configured.mailboxes.first)).to be_nil
  end

  it "knows the addresses of mail_room.yml that stand there" do
    incoming_email = { address: "in+%{key}@example.com" }
    configured = written({ mailboxes: [mailbox_attributes(incoming_email: incoming_email),
                                       mailbox_attributes(name: "other")] })
    expect(configured.addresses.values.map { |address| address&.text }).to eq(["in+%{key}@example.com", nil])
  end

  it "keeps mailboxes apart that are written alike" do
    incoming_email = { address: "in+%{key}@example.com" }
    configured = written({ mailboxes: [mailbox_attributes(incoming_email: incoming_email)] })
    mailbox = configured.mailboxes.first
    configured.mailboxes << mailbox.dup
    expect(configured.addresses.size).to eq(2)
    expect(MailRoom::Check::Neighbours.new(configured.addresses).findings(mailbox))
      .to match([have_attributes(check: "address.unique", outcome: "no")])
  end
end
