# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::GitLab::Installation do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  attr_reader :folder

  before { stub_const("ENV", ENV.to_h.except(*described_class::ENVIRONMENT, described_class::CONFIG_FILE)) }

  def read(text, name: "gitlab.yml")
    path = File.join(folder, name)
    File.write(path, text)
    described_class.read(path)
  end

  let(:yml) do
    <<~YAML
      production:
        incoming_email: {enabled: true, address: a@example.com, user: a, host: h, zzz: 1}
        service_desk_email: {enabled: true}
    YAML
  end

  it "is read from the kind of file it is" do
    expect([read("production: {}"), read("", name: "gitlab.rb")])
      .to match([MailRoom::GitLab::Yml, MailRoom::GitLab::Rb])
  end

  it "tells sections, enabled or not, with defaults" do
    installation = read(yml)

    expect(installation.section(:incoming_email)).to include(user: "a", port: 143, mailbox: "inbox")
      .and(not_include(:zzz))
    expect(installation.section("service_desk_email")).to include(enabled: true,
                                                                  worker: "ServiceDeskEmailReceiverWorker")
    expect(%i[incoming_email service_desk_email].map { |name| installation.enabled?(name) }).to eq([true, false])
    expect(read("production: {}").section(:incoming_email)).to be_nil
  end

  it "knows no other sections" do
    expect { read(yml).section(:smtp) }.to raise_error(ArgumentError, 'no section "smtp"')
  end

  it "tells why there is no mailbox" do
    expect(read(yml).reasons).to eq(["production.service_desk_email.address is empty"])
  end

  it "has an encrypted file, whether it is there or not, and without a key" do
    file = read(yml).encrypted_file(:incoming_email)

    expect([file.path, file.exist?, file.key?])
      .to eq([File.join(File.dirname(folder), "shared/encrypted_settings/incoming_email.yaml.enc"), false, false])
  end

  it "is what the environment names where no file is given" do
    expect(described_class.named_by_environment).to be_nil

    stub_const("ENV", ENV.to_h.merge(described_class::CONFIG_FILE => "config/gitlab.yml"))
    expect(described_class.named_by_environment).to eq("config/gitlab.yml")
  end

  it "is printed without what stands in it" do
    expect(read(yml).inspect).to eq("#<MailRoom::GitLab::Yml>")
  end
end
